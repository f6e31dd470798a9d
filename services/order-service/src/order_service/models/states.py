"""The states of an order and of its food."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """How far an order has come."""

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
    """How far the food has come."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    READY = "ready"
    HANDED_OVER = "handed_over"


class Responsible(StrEnum):
    """Who an ending that is not a delivery is due to; the customer pays only when responsible."""

    CUSTOMER = "customer"
    RESTAURANT = "restaurant"
    COURIER = "courier"
    PLATFORM = "platform"


class Party(StrEnum):
    """Who may end an order before its food is picked up."""

    CUSTOMER = "customer"
    RESTAURANT = "restaurant"
    ADMIN = "admin"
    SYSTEM = "system"
