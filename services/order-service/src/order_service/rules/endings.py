"""Endings without a delivery: the reason, the responsible party, and the amount that the customer pays."""

from datetime import datetime, timedelta

from foodevents import Bill, DeliveryUndeliverable, PaymentCaptureFailed, PaymentDeclined
from order_service.models import OrderFacts, OrderStatus, Party, Responsible
from order_service.rules.commands import Cancel, Reject
from order_service.rules.policy import Policy

# The reason and the responsible party where the trigger alone determines them.
REASONS: dict[str, tuple[str, Responsible]] = {
    "payment.unanswered": ("no answer", Responsible.PLATFORM),
    "restaurant.silent": ("the restaurant did not answer", Responsible.RESTAURANT),
    "capture.unanswered": ("the payment was not taken in time", Responsible.PLATFORM),
    "delivery.no_driver": ("no driver was found", Responsible.PLATFORM),
    "delivery.unanswered": ("no driver was found in time", Responsible.PLATFORM),
    "delivery.lost": ("the courier did not deliver it", Responsible.COURIER),
    "owner.erased": ("the restaurant has closed", Responsible.RESTAURANT),
}
PARTIES = {
    Party.CUSTOMER: Responsible.CUSTOMER,
    Party.RESTAURANT: Responsible.RESTAURANT,
    Party.ADMIN: Responsible.PLATFORM,
    Party.SYSTEM: Responsible.PLATFORM,
}


def why(trigger: str, event: object) -> tuple[str, Responsible] | None:
    """Return the reason of an ending by `trigger` and the responsible party; None when it ends no order."""
    match event:
        case Reject():
            return event.reason, Responsible.RESTAURANT
        case Cancel():
            return event.reason, PARTIES[event.by]
        case PaymentDeclined():
            return event.reason, Responsible.CUSTOMER
        case PaymentCaptureFailed():
            return event.reason, Responsible.PLATFORM
        case DeliveryUndeliverable():
            return event.reason, Responsible(event.responsible)
        case _:
            return REASONS.get(trigger)


def kept(order: OrderFacts, responsible: Responsible, now: datetime, policy: Policy) -> int:
    """Return the amount in minor units that is not refunded when the order is cancelled now.

    Only a responsible customer pays, and only for the food: after the capture of the payment and after the time for a
    free cancellation.
    """
    cooking = order.status in {OrderStatus.PAID, OrderStatus.ASSIGNED}
    free = order.accepted_at is None or now <= order.accepted_at + timedelta(seconds=policy.free_cancel_seconds)
    if responsible is not Responsible.CUSTOMER or not cooking or free or not policy.keep_food:
        return 0
    return Bill.model_validate(order).food
