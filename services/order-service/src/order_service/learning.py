"""What an order learns from the events of payment and delivery."""

from typing import Any
from uuid import UUID

from foodchassis import Event
from foodevents import (
    DeliveryAssigned,
    DeliveryNoDriver,
    DeliveryUnassigned,
    DeliveryUndeliverable,
    PaymentCaptureFailed,
    PaymentCompleted,
    PaymentDeclined,
    PaymentRefunded,
)
from order_service.cancellation import cancellation
from order_service.machine import ENDS_DELIVERY, ENDS_PAYMENT
from order_service.models import OrderFacts
from order_service.states import OrderStatus, Party

FIRM = frozenset({OrderStatus.PAID, OrderStatus.ASSIGNED, OrderStatus.PICKED_UP})


def learnt(order: OrderFacts, event: Event, *, moves: bool) -> dict[str, Any]:
    """Return what `event` tells the order; one that does not move it tells only whether something has ended."""
    ended = {
        "payment_closed": order.payment_closed or _ends_payment(order, event),
        "delivery_closed": order.delivery_closed or _ends_delivery(event),
    }
    return {**(_moving(order, event) if moves else {}), **ended, "lost_drivers": _lost_drivers(order, event)}


def _ends_payment(order: OrderFacts, event: Event) -> bool:
    if isinstance(event, PaymentRefunded):
        # An admin's refund leaves the payment open, unless nothing is left of it.
        return event.cause == "cancel" or event.refunded >= order.total
    return event.routing_key in ENDS_PAYMENT


def _ends_delivery(event: Event) -> bool:
    # No delivery is begun for an order whose money was not taken.
    return event.routing_key in ENDS_DELIVERY or isinstance(event, PaymentCaptureFailed)


def _lost_drivers(order: OrderFacts, event: Event) -> list[UUID]:
    """Return who will not bring the order any more, so that late news of their coming is seen to be late."""
    if isinstance(event, DeliveryUnassigned) and order.status in FIRM and event.driver_id not in order.lost_drivers:
        return [*order.lost_drivers, event.driver_id]
    return order.lost_drivers


def _moving(order: OrderFacts, event: Event) -> dict[str, Any]:
    match event:
        case PaymentCompleted():
            return {"paid": True}
        case PaymentDeclined() | DeliveryUndeliverable():
            return {"reason": event.reason}
        case DeliveryAssigned():
            return {"delivery_id": event.delivery_id, "driver_id": event.driver_id}
        case DeliveryUnassigned():
            return {"driver_id": None}
        case PaymentCaptureFailed() | DeliveryNoDriver():
            reason = getattr(event, "reason", "no driver was found")
            return cancellation(order, Party.SYSTEM, reason)
        case _:
            return {}
