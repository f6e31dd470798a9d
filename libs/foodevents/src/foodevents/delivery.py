"""The events of delivery-service."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from foodchassis import Event


class DeliveryCreated(Event, type="delivery.created.v1", subject="delivery_id"):
    """The search for a driver began."""

    delivery_id: UUID
    order_id: UUID


class DeliveryOffered(Event, type="delivery.offered.v1", subject="delivery_id"):
    """A driver got an offer."""

    delivery_id: UUID
    order_id: UUID
    offer_id: UUID
    driver_id: UUID
    expires_at: datetime


class DeliveryAssigned(Event, type="delivery.assigned.v1", subject="delivery_id"):
    """A driver accepted the delivery."""

    delivery_id: UUID
    order_id: UUID
    driver_id: UUID


class DeliveryPickedUp(Event, type="delivery.picked_up.v1", subject="delivery_id"):
    """The driver picked up the food."""

    delivery_id: UUID
    order_id: UUID
    driver_id: UUID


class DeliveryDelivered(Event, type="delivery.delivered.v1", subject="delivery_id"):
    """The food reached the door."""

    delivery_id: UUID
    order_id: UUID
    driver_id: UUID


class DeliveryUnassigned(Event, type="delivery.unassigned.v1", subject="delivery_id"):
    """The driver was lost before the pick-up; the search begins again."""

    delivery_id: UUID
    order_id: UUID
    driver_id: UUID
    reason: str


class DeliveryNoDriver(Event, type="delivery.no_driver.v1", subject="delivery_id"):
    """No driver accepted the delivery in time; it ends."""

    delivery_id: UUID
    order_id: UUID


class DeliveryUndeliverable(Event, type="delivery.undeliverable.v1", subject="delivery_id"):
    """The delivery failed; it ends. In events without the field, the customer is responsible."""

    delivery_id: UUID
    order_id: UUID
    driver_id: UUID
    reason: str
    responsible: Literal["customer", "courier", "platform"] = "customer"


class DeliveryCancelled(Event, type="delivery.cancelled.v1", subject="delivery_id"):
    """The order was cancelled; its driver, if any, is free."""

    delivery_id: UUID
    order_id: UUID
