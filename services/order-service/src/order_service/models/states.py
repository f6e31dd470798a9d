"""The states of an order and its kitchen."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """The status of an order."""

    PENDING = "pending"
    PLACED = "placed"
    PAID = "paid"
    ASSIGNED = "assigned"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    PAYMENT_FAILED = "payment_failed"
    REJECTED = "rejected"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    UNDELIVERABLE = "undeliverable"


class KitchenStatus(StrEnum):
    """The status of the food."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    READY = "ready"
    HANDED_OVER = "handed_over"


class Responsible(StrEnum):
    """The party responsible for an ending without a delivery; the customer pays only when responsible."""

    CUSTOMER = "customer"
    RESTAURANT = "restaurant"
    COURIER = "courier"
    PLATFORM = "platform"


class Party(StrEnum):
    """The parties that may end an order before its pick-up."""

    CUSTOMER = "customer"
    RESTAURANT = "restaurant"
    ADMIN = "admin"
    SYSTEM = "system"
