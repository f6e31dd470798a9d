"""How deliveries and offers may change."""

from delivery_service.states import DeliveryStatus, OfferStatus
from foodchassis import Guard, Machine, Step, now
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

UNANSWERED = (DeliveryStatus.SEARCHING, DeliveryStatus.OFFERED)
UNDER_WAY = (*UNANSWERED, DeliveryStatus.ASSIGNED, DeliveryStatus.PICKED_UP)

DELIVERY = Machine(
    DeliveryStatus,
    Step(None, "order.paid", DeliveryStatus.SEARCHING, emits=DeliveryCreated, row="1"),
    Step(DeliveryStatus.SEARCHING, "driver.found", DeliveryStatus.OFFERED, emits=DeliveryOffered, row="2"),
    Step(
        DeliveryStatus.OFFERED, "offer.accepted", DeliveryStatus.ASSIGNED, emits=DeliveryAssigned, by="driver", row="3"
    ),
    Step(DeliveryStatus.OFFERED, "offer.declined", DeliveryStatus.SEARCHING, by="driver", row="4"),
    Step(DeliveryStatus.OFFERED, "offer.lapsed", DeliveryStatus.SEARCHING, row="5"),
    Step(DeliveryStatus.ASSIGNED, "pickup", DeliveryStatus.PICKED_UP, emits=DeliveryPickedUp, by="driver", row="6"),
    Step(DeliveryStatus.PICKED_UP, "deliver", DeliveryStatus.DELIVERED, emits=DeliveryDelivered, by="driver", row="7"),
    Step(DeliveryStatus.ASSIGNED, "unassign", DeliveryStatus.SEARCHING, emits=DeliveryUnassigned, by="driver", row="8"),
    Step(DeliveryStatus.ASSIGNED, "driver.silent", DeliveryStatus.SEARCHING, emits=DeliveryUnassigned, row="9"),
    Step(UNANSWERED, "search.over", DeliveryStatus.NO_DRIVER, emits=DeliveryNoDriver, row="10"),
    Step(
        DeliveryStatus.PICKED_UP,
        "fail",
        DeliveryStatus.UNDELIVERABLE,
        emits=DeliveryUndeliverable,
        by="driver",
        row="11",
    ),
    Step(UNDER_WAY, "order.cancel_requested", DeliveryStatus.CANCELLED, emits=DeliveryCancelled, row="12"),
    Step(None, "order.cancel_requested", DeliveryStatus.CANCELLED, emits=DeliveryCancelled, row="13"),
    name="delivery.status",
)

IN_TIME = Guard("the offer's time is not over", lambda offer: now() < offer.expires_at)

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
