"""The two machines of an order: its status, and its food in the kitchen."""

from dataclasses import dataclass

from foodchassis import Event, Guard, IllegalTransitionError, Machine, Step
from foodevents import (
    OrderAccepted,
    OrderAssigned,
    OrderCreated,
    OrderDelivered,
    OrderPaid,
    OrderPaymentFailed,
    OrderPickedUp,
    OrderPlaced,
    OrderReady,
    OrderRejected,
)
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
        return all(
            getattr(self.order, ours) in {None, getattr(self.event, theirs)}
            for theirs, ours in SHARED.items()
            if hasattr(self.event, theirs)
        )


def _kitchen_is(*states: KitchenStatus) -> Guard:
    return Guard(f"kitchen {' or '.join(states)}", lambda attempt: attempt.order.kitchen in states)


def _status_is(*states: OrderStatus) -> Guard:
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

S, K = OrderStatus, KitchenStatus

ORDER = Machine(
    OrderStatus,
    Step(None, "place", S.PENDING, emits=OrderCreated, by="customer", row="1"),
    Step(S.PENDING, "payment.authorized", S.PLACED, emits=OrderPlaced, guard=SAME_MONEY, row="2"),
    Step(S.PENDING, "payment.declined", S.PAYMENT_FAILED, emits=OrderPaymentFailed, row="3"),
    Step(S.PLACED, "reject", S.REJECTED, emits=OrderRejected, by="restaurant", guard=_kitchen_is(K.WAITING), row="5"),
    Step(S.PLACED, "payment.completed", S.PAID, emits=OrderPaid, guard=COOKING, row="6"),
    Step(S.PAID, "delivery.assigned", S.ASSIGNED, emits=OrderAssigned, row="9"),
    Step(S.ASSIGNED, "delivery.picked_up", S.PICKED_UP, emits=OrderPickedUp, guard=TAKEN, row="12"),
    Step(S.PICKED_UP, "delivery.delivered", S.DELIVERED, emits=OrderDelivered, guard=SAME_DELIVERY, row="13"),
    name="order",
)

KITCHEN = Machine(
    KitchenStatus,
    Step(K.WAITING, "accept", K.ACCEPTED, emits=OrderAccepted, by="restaurant", guard=_status_is(S.PLACED), row="4"),
    Step(
        K.ACCEPTED, "ready", K.READY, emits=OrderReady, by="restaurant", guard=_status_is(S.PAID, S.ASSIGNED), row="8"
    ),
    Step((K.ACCEPTED, K.READY), "delivery.picked_up", K.HANDED_OVER, row="12"),
    name="kitchen",
)


@dataclass(frozen=True)
class Change:
    """Where a trigger takes both machines, and the event that tells of it."""

    status: OrderStatus
    kitchen: KitchenStatus
    emits: type[Event]
    by: str


def change(trigger: str, attempt: Attempt) -> Change:
    """Return what `trigger` does to the order.

    Raises IllegalTransitionError, naming both states, when a machine that knows the trigger has no such step now.
    """
    try:
        return _change(trigger, attempt)
    except IllegalTransitionError as error:
        order = attempt.order
        where = f"The order is {order.status}, its kitchen {order.kitchen}."
        raise IllegalTransitionError(
            f"{error.detail} {where}", order_status=order.status, kitchen=order.kitchen
        ) from None


def _change(trigger: str, attempt: Attempt) -> Change:
    order = attempt.order
    status = ORDER.step(order.status, trigger, attempt) if trigger in ORDER.triggers else None
    kitchen = KITCHEN.step(order.kitchen, trigger, attempt) if trigger in KITCHEN.triggers else None
    told = next(step for step in (status, kitchen) if step is not None and step.emits is not None)
    assert told.emits is not None
    return Change(
        status.target if status else order.status, kitchen.target if kitchen else order.kitchen, told.emits, told.by
    )
