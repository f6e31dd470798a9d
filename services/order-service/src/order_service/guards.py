"""What must hold for an order to take a step."""

from dataclasses import dataclass

from foodchassis import Event, Guard
from order_service.models import OrderFacts
from order_service.states import KitchenStatus, OrderStatus

# The facts that an event may share with the order, by the event's name and the order's.
SHARED = {"amount": "total", "currency": "currency", "delivery_id": "delivery_id", "driver_id": "driver_id"}


@dataclass(frozen=True)
class Attempt:
    """What the guards look at: the order, and the event that asks for a step, if one does."""

    order: OrderFacts
    event: Event | None = None

    @property
    def agrees(self) -> bool:
        """Tell whether the event says nothing about money or delivery that the order knows otherwise."""
        return all(ours in {None, theirs} for ours, theirs in self._shared())

    @property
    def repeats(self) -> bool:
        """Tell whether the event says exactly what the order knows of money and delivery."""
        return all(ours == theirs for ours, theirs in self._shared())

    def _shared(self) -> list[tuple[object, object]]:
        return [
            (getattr(self.order, ours), getattr(self.event, theirs))
            for theirs, ours in SHARED.items()
            if hasattr(self.event, theirs)
        ]


def kitchen_is(*states: KitchenStatus) -> Guard:
    """Ask that the kitchen be in one of `states`."""
    return Guard(f"kitchen {' or '.join(states)}", lambda attempt: attempt.order.kitchen in states)


def status_is(*states: OrderStatus) -> Guard:
    """Ask that the order be in one of `states`."""
    return Guard(f"status {' or '.join(states)}", lambda attempt: attempt.order.status in states)


SAME_MONEY = Guard("amount and currency equal the order's", lambda attempt: attempt.agrees)
SAME_DELIVERY = Guard("the delivery is the order's", lambda attempt: attempt.agrees)
COOKING = Guard(
    "kitchen accepted, amount and currency equal the order's",
    lambda attempt: attempt.order.kitchen is KitchenStatus.ACCEPTED and attempt.agrees,
)
TAKEN = Guard(
    "kitchen accepted or ready, the delivery is the order's",
    lambda attempt: attempt.order.kitchen in {KitchenStatus.ACCEPTED, KitchenStatus.READY} and attempt.agrees,
)
BOTH_CLOSED = Guard(
    "payment and delivery have both confirmed",
    lambda attempt: attempt.order.payment_closed and attempt.order.delivery_closed,
)
LOST_DRIVER = Guard(
    "the driver is lost already",
    lambda attempt: getattr(attempt.event, "driver_id", None) in attempt.order.lost_drivers,
)
OTHER_DRIVER = Guard(
    "the driver is not the order's",
    lambda attempt: getattr(attempt.event, "driver_id", None) not in {None, attempt.order.driver_id},
)
