"""2,000 histories exercise every trigger of a service, and none violates an invariant."""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from delivery_service.decide import TRIGGERS
from delivery_service.machine import DELIVERY, OFFER
from foodchassis.kernel import Machine, Step
from foodlab.simulation.history import History
from foodlab.simulation.plan import Choices
from foodlab.simulation.world import SERVICES
from order_service.machine import KITCHEN, ORDER
from payment_service.decide import DECISIONS
from payment_service.machine import PAYMENT
from payment_service.models import Operation

HISTORIES = 2_000
MACHINES = {"order": (ORDER, KITCHEN), "payment": (PAYMENT,), "delivery": (DELIVERY, OFFER)}
DECIDED = {"order": (), "payment": DECISIONS, "delivery": TRIGGERS}
# The triggers that histories of single orders do not exercise, and why.
OUTSIDE = {
    ("order", "restaurant.updated"): "the replica of menus does not affect a placed order",
    ("order", "menu.item_updated"): "the same",
    ("payment", "restaurant.updated"): "the readers of a restaurant's payments do not affect an order",
    ("order", "menu.item_removed"): "the same",
    ("order", "user.changed"): "the contacts of the parties do not affect the steps of an order",
    ("order", "user.erased"): "the service looks up the owner's orders: each gets owner.erased, which is exercised",
    ("order", "customer.erased"): "a timer that erases the addresses of ended orders by SQL, without a decision",
    ("payment", "provider.void_refused"): "the simulated provider releases every hold that it did not capture",
    ("order", "sandbox.kitchen"): "a timer of the simulated kitchen of a test order, whose commands are exercised",
    ("delivery", "sandbox.courier"): "the same",
    ("delivery", "user.erased"): "the service looks up the user's deliveries: each gets customer.erased",
    ("delivery", "forget.again"): "a timer that repeats an erasure for rows created during it",
    ("delivery", "delivery.overdue"): "a timer that only the previous release sets",
}
# One test worker runs all histories, once.
pytestmark = [pytest.mark.xdist_group("histories"), pytest.mark.timeout(600)]


class Played:
    """The triggers that many histories have exercised."""

    def __init__(self) -> None:
        self.broken: dict[int, list[str]] = {}
        self.triggers: dict[str, Counter[str]] = {name: Counter() for name in SERVICES}
        self.steps = set[tuple[str, str]]()
        self.operations = set[str]()
        self.endings = set[str]()

    def play(self, seed: int) -> None:
        history = History(Choices(seed))
        if broken := history.run():
            self.broken[seed] = broken
        for name, node in history.world.nodes.items():
            self.triggers[name] += node.triggers
        self.operations |= {entry.operation for entry in history.world.provider.log}
        self.endings.add(history.world.order.row.status)

    def exercised(self, service: str) -> set[str]:
        machines = {machine.name for machine in MACHINES[service]}
        return {*self.triggers[service], *(trigger for name, trigger in self.steps if name in machines)}


@cache
def played() -> Played:
    """Run the histories, and record the steps of the state machines."""
    seen, step = Played(), Machine.step

    def record_step(machine: Machine[Any], state: Any, trigger: str, subject: Any = None) -> Step[Any]:
        taken = step(machine, state, trigger, subject)
        seen.steps.add((machine.name, trigger))
        return taken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Machine, "step", record_step)
        for seed in range(HISTORIES):
            seen.play(seed)
    return seen


def names_in_production(service: str) -> set[str]:
    """Return every trigger, timer and event of a service in production."""
    _, router, _ = SERVICES[service]
    events = (kind.routing_key for kind in router.handlers)
    return {
        *DECIDED[service],
        *router.deadlines,
        *events,
        *(one for machine in MACHINES[service] for one in machine.triggers),
    }


def missing(service: str, names: Iterable[str]) -> set[str]:
    """Return those of `names` that no history has exercised and that are not excluded."""
    outside = {name for place, name in OUTSIDE if place == service}
    return {*names} - outside - played().exercised(service)


def test_no_history_violates_an_invariant() -> None:
    assert played().broken == {}


def test_every_ending_is_reached() -> None:
    assert played().endings == ORDER.terminal


@pytest.mark.parametrize("service", SERVICES)
def test_every_trigger_timer_and_event_is_exercised(service: str) -> None:
    assert missing(service, names_in_production(service)) == set()


def test_every_operation_of_the_provider_is_exercised() -> None:
    assert played().operations == {*Operation}


def test_only_payment_service_has_effects() -> None:
    effects = {name: set(router.effects) for name, (_, router, _) in SERVICES.items()}

    assert effects == {"order": set(), "payment": {"provider"}, "delivery": set()}


def test_an_unexercised_trigger_is_reported() -> None:
    assert missing("order", {"accept", "courier.ate_it"}) == {"courier.ate_it"}


@pytest.mark.parametrize(("service", "name"), OUTSIDE)
def test_excluded_triggers_exist_and_are_not_exercised(service: str, name: str) -> None:
    assert name in names_in_production(service)
    assert name not in played().exercised(service)
