"""The two state machines of an order: its status and its kitchen status."""

from collections.abc import Iterator
from dataclasses import dataclass

from foodchassis import Event
from foodchassis.kernel import Guard, IllegalTransitionError, Machine, Step
from foodevents import (
    OrderAccepted,
    OrderAssigned,
    OrderCancelled,
    OrderCancelRequested,
    OrderCreated,
    OrderDelivered,
    OrderDriverLost,
    OrderPaid,
    OrderPaymentFailed,
    OrderPickedUp,
    OrderPlaced,
    OrderReady,
    OrderRejected,
    OrderReminded,
    OrderUndeliverable,
)
from order_service.models import KitchenStatus, OrderFacts, OrderStatus

# Facts that both an event and the order have, by their names in both.
SHARED = {"amount": "total", "currency": "currency", "delivery_id": "delivery_id", "driver_id": "driver_id"}


@dataclass(frozen=True)
class Attempt:
    """The input of guards: the order, and the event or command of the step, if any."""

    order: OrderFacts
    event: object = None

    @property
    def agrees(self) -> bool:
        """Return whether the event is consistent with the order's payment and delivery."""
        return all(ours in {None, theirs} for ours, theirs in self._shared())

    @property
    def repeats(self) -> bool:
        """Return whether the event equals the order's payment and delivery."""
        return all(ours == theirs for ours, theirs in self._shared())

    def _shared(self) -> list[tuple[object, object]]:
        return [
            (getattr(self.order, ours), getattr(self.event, theirs))
            for theirs, ours in SHARED.items()
            if hasattr(self.event, theirs)
        ]


def kitchen_is(*states: KitchenStatus) -> Guard:
    """Return a guard: the kitchen status is one of `states`."""
    return Guard(f"kitchen {' or '.join(states)}", lambda attempt: attempt.order.kitchen in states)


def status_is(*states: OrderStatus) -> Guard:
    """Return a guard: the order status is one of `states`."""
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
REPEATED = Guard("it repeats what the order knows", lambda attempt: attempt.event is not None and attempt.repeats)
OTHER_DRIVER = Guard(
    "the driver is not the order's",
    lambda attempt: getattr(attempt.event, "driver_id", None) not in {None, attempt.order.driver_id},
)

S, K = OrderStatus, KitchenStatus
CANCELLERS = "customer, restaurant or admin"
# Events that are only recorded have no row number.
LATE = "–"  # noqa: RUF001 - an en dash means "none"
BEFORE_PICKUP = (S.PENDING, S.PLACED, S.PAID, S.ASSIGNED)
CAPTURED = (S.PAID, S.ASSIGNED, S.PICKED_UP, S.DELIVERED, S.UNDELIVERABLE)
# Events that end the payment and the delivery, and others that may arrive during a cancellation.
ENDS_PAYMENT = ("payment.voided", "payment.refunded", "payment.declined", "payment.capture_failed")
ENDS_DELIVERY = ("delivery.cancelled", "delivery.no_driver", "delivery.delivered", "delivery.undeliverable")
CROSSING = ("payment.authorized", "payment.completed", "delivery.assigned", "delivery.unassigned", "delivery.picked_up")


def _noted(
    states: tuple[OrderStatus, ...], *triggers: str, row: str = LATE, guard: Guard | None = None
) -> Iterator[Step[OrderStatus]]:
    """Return the step of a trigger that is accepted in `states` without changing the status or publishing an event."""
    return (Step(state, trigger, state, row=row, guard=guard) for state in states for trigger in triggers)


ORDER = Machine(
    OrderStatus,
    Step(None, "place", S.PENDING, emits=OrderCreated, by="customer", row="1"),
    Step(S.PENDING, "payment.authorized", S.PLACED, emits=OrderPlaced, guard=SAME_MONEY, row="2"),
    Step(S.PENDING, "payment.declined", S.PAYMENT_FAILED, emits=OrderPaymentFailed, row="3"),
    Step(S.PENDING, "payment.unanswered", S.PAYMENT_FAILED, emits=OrderPaymentFailed, row="3"),
    Step(S.PLACED, "reject", S.REJECTED, emits=OrderRejected, by="restaurant", guard=kitchen_is(K.WAITING), row="5"),
    Step(S.PLACED, "restaurant.silent", S.REJECTED, emits=OrderRejected, guard=kitchen_is(K.WAITING), row="5"),
    Step(S.PLACED, "payment.completed", S.PAID, emits=OrderPaid, guard=COOKING, row="6"),
    Step(S.PLACED, "payment.capture_failed", S.CANCELLING, emits=OrderCancelRequested, row="7"),
    Step(
        S.PLACED, "capture.unanswered", S.CANCELLING, emits=OrderCancelRequested, guard=kitchen_is(K.ACCEPTED), row="7"
    ),
    Step(S.PAID, "delivery.assigned", S.PAID, guard=LOST_DRIVER, row=LATE),
    Step(S.PAID, "delivery.assigned", S.ASSIGNED, emits=OrderAssigned, row="9"),
    Step(S.ASSIGNED, "delivery.unassigned", S.PAID, emits=OrderDriverLost, guard=SAME_DELIVERY, row="10"),
    Step(S.PAID, "delivery.no_driver", S.CANCELLING, emits=OrderCancelRequested, guard=SAME_DELIVERY, row="11"),
    Step(S.PAID, "delivery.unanswered", S.CANCELLING, emits=OrderCancelRequested, row="11"),
    Step(S.ASSIGNED, "delivery.picked_up", S.PICKED_UP, emits=OrderPickedUp, guard=TAKEN, row="12"),
    Step(S.PICKED_UP, "delivery.delivered", S.DELIVERED, emits=OrderDelivered, guard=SAME_DELIVERY, row="13"),
    Step(
        S.PICKED_UP, "delivery.undeliverable", S.UNDELIVERABLE, emits=OrderUndeliverable, guard=SAME_DELIVERY, row="14"
    ),
    Step(S.PICKED_UP, "delivery.lost", S.UNDELIVERABLE, emits=OrderUndeliverable, row="14"),
    Step(S.PLACED, "owner.erased", S.REJECTED, emits=OrderRejected, guard=kitchen_is(K.WAITING), row="5"),
    Step(BEFORE_PICKUP, "owner.erased", S.CANCELLING, emits=OrderCancelRequested, row="15"),
    Step(BEFORE_PICKUP, "cancel", S.CANCELLING, emits=OrderCancelRequested, by=CANCELLERS, row="15"),
    Step(S.CANCELLING, "closed", S.CANCELLED, emits=OrderCancelled, guard=BOTH_CLOSED, row="16"),
    Step(S.CANCELLING, "cancelling.stuck", S.CANCELLING, emits=OrderCancelRequested, row="16"),
    Step(S.CANCELLING, "retry", S.CANCELLING, emits=OrderCancelRequested, by="admin", row="16"),
    *_noted((S.CANCELLING,), *ENDS_PAYMENT, *ENDS_DELIVERY, row="16"),
    *_noted((S.CANCELLING,), *CROSSING),
    *_noted((S.CANCELLED,), *ENDS_PAYMENT, *ENDS_DELIVERY, *CROSSING),
    *_noted((S.PAYMENT_FAILED,), "payment.authorized", "payment.declined", "payment.voided"),
    *_noted((S.REJECTED,), "payment.voided"),
    # What takes too long needs an operator's attention.
    *_noted((S.ASSIGNED,), "pickup.overdue"),
    *_noted((S.PICKED_UP,), "delivery.late"),
    # An admin may refund at any time; the order continues.
    *_noted(CAPTURED, "payment.refunded"),
    # Events of an earlier driver may arrive late, when the order has another; a loss may arrive before the assignment.
    *_noted((S.PAID, S.DELIVERED, S.UNDELIVERABLE), "delivery.unassigned"),
    *_noted((S.DELIVERED, S.UNDELIVERABLE), "delivery.assigned"),
    *_noted((S.ASSIGNED, S.PICKED_UP), "delivery.assigned", guard=LOST_DRIVER),
    *_noted((S.ASSIGNED, S.PICKED_UP), "delivery.unassigned", guard=OTHER_DRIVER),
    # A delivery whose courier was considered lost may still end.
    *_noted((S.UNDELIVERABLE,), "delivery.delivered", "delivery.undeliverable", guard=SAME_DELIVERY),
    # An event may be repeated with another id.
    *_noted((S.PLACED, S.REJECTED, *CAPTURED), "payment.authorized", guard=REPEATED),
    *_noted(CAPTURED, "payment.completed", guard=REPEATED),
    *_noted((S.ASSIGNED, S.PICKED_UP), "delivery.assigned", guard=REPEATED),
    *_noted((S.PICKED_UP, S.DELIVERED, S.UNDELIVERABLE), "delivery.picked_up", guard=REPEATED),
    *_noted((S.DELIVERED,), "delivery.delivered", guard=REPEATED),
    name="order",
)

KITCHEN = Machine(
    KitchenStatus,
    Step(K.WAITING, "accept", K.ACCEPTED, emits=OrderAccepted, by="restaurant", guard=status_is(S.PLACED), row="4"),
    Step(K.WAITING, "restaurant.slow", K.WAITING, emits=OrderReminded, guard=status_is(S.PLACED), row="5"),
    Step(K.ACCEPTED, "ready", K.READY, emits=OrderReady, by="restaurant", guard=status_is(S.PAID, S.ASSIGNED), row="8"),
    Step((K.ACCEPTED, K.READY), "delivery.picked_up", K.HANDED_OVER, guard=status_is(S.ASSIGNED), row="12"),
    name="kitchen",
)

ENDED = ORDER.terminal
AT_RESTAURANT = frozenset({OrderStatus.PLACED, OrderStatus.PAID, OrderStatus.ASSIGNED})
ON_THE_WAY = frozenset({OrderStatus.ASSIGNED, OrderStatus.PICKED_UP})


@dataclass(frozen=True)
class Change:
    """The new states of both machines, the actor, and the event to publish, if any."""

    status: OrderStatus
    kitchen: KitchenStatus
    emits: type[Event] | None
    by: str


def change(trigger: str, attempt: Attempt) -> Change:
    """Return what `trigger` does to the order.

    Raises IllegalTransitionError, which names both states, when a machine with this trigger has no step now.
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
    if status is not None and status.emits is None:
        # A recorded event does not change the kitchen either.
        return Change(status.target, order.kitchen, None, status.by)
    kitchen = KITCHEN.step(order.kitchen, trigger, attempt) if trigger in KITCHEN.triggers else None
    published = next(step for step in (status, kitchen) if step is not None)
    return Change(
        status.target if status else order.status,
        kitchen.target if kitchen else order.kitchen,
        published.emits,
        published.by,
    )
