"""Any requests in any order: each is answered or refused, none fails, and the money adds up at the end."""

import asyncio
from typing import Any

import pytest
from e2e.running import Running
from e2e.town import Town
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from typing_extensions import override

METHODS = st.sampled_from(
    ["tok_ok", "tok_ok", "tok_ok", "tok_declined", "tok_capture_fails", "tok_timeout_after_effect"]
)
MOST_ORDERS = 4
PICKS = st.integers(0, 9)
REASON = {"reason": "Because"}


class Orders(RuleBasedStateMachine):
    """People who order, cook, drive, pay back and change their minds."""

    town: Town

    @precondition(lambda self: len(self.town.orders) < MOST_ORDERS)
    @rule(method=METHODS)
    def place(self, method: str) -> None:
        self.town.order(method)

    @precondition(lambda self: self.town.orders)
    @rule(pick=PICKS)
    def go_on(self, pick: int) -> None:
        self.town.go_on(self._one(pick))

    @precondition(lambda self: self.town.orders)
    @rule(pick=PICKS, word=st.sampled_from(["accept", "ready", "reject"]))
    def cook(self, pick: int, word: str) -> None:
        body = {"accept": {"prep_minutes": 5}, "ready": None, "reject": REASON}[word]
        self.town.post(self.town.scene.owner, f"/orders/{self._one(pick)['id']}/{word}", body)

    @precondition(lambda self: self.town.orders)
    @rule(pick=PICKS, who=st.sampled_from(["customer", "owner", "admin"]))
    def cancel(self, pick: int, who: str) -> None:
        caller = self.town.admin if who == "admin" else getattr(self.town.scene, who)
        self.town.post(caller, f"/orders/{self._one(pick)['id']}/cancel", REASON)

    @rule(number=st.integers(0, 1), word=st.sampled_from(["accept", "accept", "accept", "decline"]))
    def answer(self, number: int, word: str) -> None:
        driver = self.town.scene.drivers[number]
        for offer in self.town.do(driver.call("GET", "/drivers/me/offers"))["items"]:
            self.town.post(driver, f"/offers/{offer['id']}/{word}")

    @rule(
        number=st.integers(0, 1), word=st.sampled_from(["pickup", "pickup", "deliver", "deliver", "fail", "unassign"])
    )
    def drive(self, number: int, word: str) -> None:
        driver = self.town.scene.drivers[number]
        body = REASON if word in {"fail", "unassign"} else None
        for delivery in self.town.do(driver.call("GET", "/deliveries", params={"limit": 2}))["items"]:
            self.town.post(driver, f"/deliveries/{delivery['id']}/{word}", body)

    @precondition(lambda self: self.town.orders)
    @rule(pick=PICKS, amount=st.sampled_from([1, 1000, 3000, None]))
    def refund(self, pick: int, amount: int | None) -> None:
        wish: dict[str, Any] = {"reason": "Cold soup"} | ({"amount": amount} if amount else {})
        for payment in self.town.do(self._payments(self._one(pick)))["items"]:
            self.town.post(self.town.admin, f"/payments/{payment['id']}/refunds", wish)

    @precondition(lambda self: self.town.requests)
    @rule(pick=st.integers(0, 99))
    def repeat(self, pick: int) -> None:
        earlier = self.town.requests[pick % len(self.town.requests)]
        answer = self.town.post(earlier.caller, earlier.path, earlier.body, earlier.key)
        if earlier.answer is not None and earlier.path.endswith(("/orders", "/refunds")):
            assert answer == earlier.answer

    @override
    def teardown(self) -> None:
        self.town.end()

    def _one(self, pick: int) -> dict[str, Any]:
        return self.town.orders[-1 - pick % len(self.town.orders)]

    def _payments(self, order: dict[str, Any]) -> Any:
        return self.town.admin.call("GET", "/payments", params={"order_id": order["id"]})


def test_whatever_people_do_the_money_adds_up(running: Running, pytestconfig: pytest.Config) -> None:
    with asyncio.Runner() as runner:
        Orders.town = Town(running.system.gateway_url, runner)
        played = settings(
            max_examples=pytestconfig.getoption("--plays"),
            stateful_step_count=40,
            deadline=None,
            database=None,
            # A shorter way to the same end may take an hour to find over HTTP; the failing one is printed.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(Orders, settings=played)
        Orders.town.close()
    running.verify()
