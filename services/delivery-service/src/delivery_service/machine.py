"""The state machines of deliveries and offers."""

from datetime import datetime
from typing import NamedTuple

from delivery_service.models import DeliveryStatus, OfferStatus
from foodchassis.kernel import Guard, Machine, Step
from foodevents import (
    DeliveryAssigned,
    DeliveryCancelled,
    DeliveryCreated,
    DeliveryDelivered,
    DeliveryNoDriver,
    DeliveryOffered,
    DeliveryPickedUp,
    DeliveryUnassigned,
    DeliveryUndeliverable,
)

S = DeliveryStatus
UNANSWERED = (S.SEARCHING, S.OFFERED)
UNDER_WAY = (*UNANSWERED, S.ASSIGNED, S.PICKED_UP)

DELIVERY = Machine(
    DeliveryStatus,
    Step(None, "order.paid", S.SEARCHING, emits=DeliveryCreated, row="1"),
    Step(S.SEARCHING, "driver.found", S.OFFERED, emits=DeliveryOffered, row="2"),
    Step(S.OFFERED, "offer.accepted", S.ASSIGNED, emits=DeliveryAssigned, by="driver", row="3"),
    Step(S.OFFERED, "offer.declined", S.SEARCHING, by="driver", row="4"),
    Step(S.OFFERED, "offer.lapsed", S.SEARCHING, row="5"),
    Step(S.ASSIGNED, "pickup", S.PICKED_UP, emits=DeliveryPickedUp, by="driver", row="6"),
    Step(S.PICKED_UP, "deliver", S.DELIVERED, emits=DeliveryDelivered, by="driver", row="7"),
    Step(S.ASSIGNED, "unassign", S.SEARCHING, emits=DeliveryUnassigned, by="driver or admin", row="8"),
    Step(S.ASSIGNED, "driver.silent", S.SEARCHING, emits=DeliveryUnassigned, row="9"),
    Step(S.ASSIGNED, "pickup.overdue", S.SEARCHING, emits=DeliveryUnassigned, row="9"),
    Step(UNANSWERED, "search.over", S.NO_DRIVER, emits=DeliveryNoDriver, row="10"),
    Step(S.PICKED_UP, "fail", S.UNDELIVERABLE, emits=DeliveryUndeliverable, by="driver", row="11"),
    Step(S.PICKED_UP, "customer.absent", S.UNDELIVERABLE, emits=DeliveryUndeliverable, by="driver", row="11"),
    Step(S.PICKED_UP, "delivery.lost", S.UNDELIVERABLE, emits=DeliveryUndeliverable, row="11"),
    Step(UNDER_WAY, "order.cancel_requested", S.CANCELLED, emits=DeliveryCancelled, row="12"),
    Step(None, "order.cancel_requested", S.CANCELLED, emits=DeliveryCancelled, row="13"),
    Step(S.PICKED_UP, "delivery.late", S.PICKED_UP, row="14"),
    name="delivery.status",
)
# The trigger determines who is responsible for an undeliverable order, not a text.
RESPONSIBLE = {"fail": "courier", "delivery.lost": "courier", "customer.absent": "customer"}


class Answer(NamedTuple):
    """The input of an offer's guard: its expiry, and the time of the response."""

    expires_at: datetime
    at: datetime


IN_TIME = Guard("the offer's time is not over", lambda answer: answer.at < answer.expires_at)

OFFER = Machine(
    OfferStatus,
    Step(None, "driver.found", OfferStatus.OPEN, row="1"),
    Step(OfferStatus.OPEN, "accept", OfferStatus.ACCEPTED, by="driver", guard=IN_TIME, row="2"),
    Step(OfferStatus.OPEN, "decline", OfferStatus.DECLINED, by="driver", row="3"),
    Step(OfferStatus.OPEN, "lapse", OfferStatus.LAPSED, row="4"),
    Step(OfferStatus.ACCEPTED, "deliver", OfferStatus.FULFILLED, row="5"),
    Step((OfferStatus.OPEN, OfferStatus.ACCEPTED), "withdraw", OfferStatus.WITHDRAWN, row="6"),
    Step(OfferStatus.ACCEPTED, "unassign", OfferStatus.ABANDONED, row="7"),
    Step(OfferStatus.ACCEPTED, "fail", OfferStatus.FAILED, row="8"),
    name="offer.status",
)

# The effect of a delivery's step on the offer that engages its driver.
ANSWERS = {
    "offer.accepted": "accept",
    "offer.declined": "decline",
    "offer.lapsed": "lapse",
    "deliver": "deliver",
    **dict.fromkeys(("unassign", "driver.silent", "pickup.overdue"), "unassign"),
    **dict.fromkeys(RESPONSIBLE, "fail"),
    **dict.fromkeys(("search.over", "order.cancel_requested"), "withdraw"),
}
