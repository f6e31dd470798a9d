"""Random requests in random order: none is a server error, and the money adds up at the end."""

import asyncio
from typing import Any

import pytest
from e2e.clock import change
from e2e.running import Running
from e2e.town import Request, Town
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from typing_extensions import override

from foodctl.api import Json

METHODS = st.sampled_from(
    ["tok_ok", "tok_ok", "tok_ok", "tok_declined", "tok_capture_fails", "tok_timeout_after_effect"]
)
MOST_ORDERS = 4
PICKS = st.integers(0, 9)
NUMBERS = st.integers(0, 1)
REASON = {"reason": "Because"}


class Orders(RuleBasedStateMachine):
    """Users who order, cook, drive, refund and cancel.

    Each step depends on earlier steps, never on responses of the system: refused requests and steps without effect
    count.
    """

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[Json] = []
        self.steps: list[list[Request]] = []

    @initialize(method=METHODS)
    def begin(self, method: str) -> None:
        self._place(method)

    @precondition(lambda self: len(self.orders) < MOST_ORDERS)
    @rule(method=METHODS)
    def place(self, method: str) -> None:
        self._place(method)

    @rule(pick=PICKS)
    def go_on(self, pick: int) -> None:
        self.steps.append(self.town.go_on(self._one(pick)))

    @rule(pick=PICKS, word=st.sampled_from(["accept", "ready", "reject"]))
    def cook(self, pick: int, word: str) -> None:
        body = {"accept": {"prep_minutes": 5}, "ready": None, "reject": REASON}[word]
        self._step(self.town.post(self.town.scene.owner, f"/orders/{self._one(pick)['id']}/{word}", body))

    @rule(pick=PICKS, who=st.sampled_from(["customer", "owner", "admin"]))
    def cancel(self, pick: int, who: str) -> None:
        caller = self.town.admin if who == "admin" else getattr(self.town.scene, who)
        self._step(self.town.post(caller, f"/orders/{self._one(pick)['id']}/cancel", REASON))

    @rule(number=NUMBERS, word=st.sampled_from(["accept", "accept", "accept", "decline"]))
    def answer(self, number: int, word: str) -> None:
        self.steps.append(self.town.answer(self.town.scene.drivers[number], word))

    @rule(number=NUMBERS, word=st.sampled_from(["pickup", "pickup", "deliver", "deliver", "fail", "unassign"]))
    def drive(self, number: int, word: str) -> None:
        driver = self.town.scene.drivers[number]
        body = REASON if word in {"fail", "unassign"} else None
        deliveries = self.town.items(driver, "/deliveries", limit=2)
        self._step(*(self.town.post(driver, f"/deliveries/{one['id']}/{word}", body) for one in deliveries))

    @rule(pick=PICKS, amount=st.sampled_from([1, 1000, 3000, None]))
    def refund(self, pick: int, amount: int | None) -> None:
        wish: dict[str, Any] = {"reason": "Cold soup"} | ({"amount": amount} if amount else {})
        payments = self.town.items(self.town.admin, "/payments", order_id=self._one(pick)["id"])
        self._step(*(self.town.post(self.town.admin, f"/payments/{one['id']}/refunds", wish) for one in payments))

    @rule(pick=st.integers(0, 99))
    def repeat(self, pick: int) -> None:
        for earlier in self.steps[pick % len(self.steps)]:
            again = self.town.post(earlier.caller, earlier.path, earlier.body, earlier.key)
            if earlier.answer is not None and earlier.path.endswith(("/orders", "/refunds")):
                assert again.answer == earlier.answer

    @override
    def teardown(self) -> None:
        self.town.end(self.orders)

    def _place(self, method: str) -> None:
        placing = self.town.post(
            self.town.scene.customer, "/orders", {**self.town.scene.basket(), "payment_method": method}
        )
        assert placing.answer is not None
        self.orders.append(placing.answer)
        self._step(placing)

    def _step(self, *requests: Request) -> None:
        self.steps.append(list(requests))

    def _one(self, pick: int) -> Json:
        return self.orders[-1 - pick % len(self.orders)]


def test_the_money_adds_up_after_any_requests(running: Running, pytestconfig: pytest.Config) -> None:
    with asyncio.Runner() as runner:
        Orders.town = Town(running.system.gateway_url, runner)
        played = settings(
            max_examples=pytestconfig.getoption("--plays"),
            stateful_step_count=40,
            deadline=None,
            database=None,
            # Shrinking could take an hour over HTTP; the failing example is printed unchanged.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(Orders, settings=played)
        Orders.town.close()
    # Work that a silent provider left continues at its deadline, which is later than the end of verify's wait.
    change(running, "payment", "UPDATE deadlines SET due_at = now() WHERE name = %s", "refund.unfinished")
    running.verify()
