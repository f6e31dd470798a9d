"""The published language: every event that services exchange, one module per publishing service."""

from foodevents.delivery import DeliveryAssigned, DeliveryCreated, DeliveryDelivered, DeliveryOffered, DeliveryPickedUp
from foodevents.hours import OpeningHours, Shift, SpecialDay, WeeklyShift
from foodevents.menu import MenuItemRemoved, MenuItemUpdated, Option, OptionGroup, RestaurantUpdated
from foodevents.order import (
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
from foodevents.payment import PaymentAuthorized, PaymentCaptureFailed, PaymentCompleted, PaymentDeclined, PaymentVoided
from foodevents.place import Place
from foodevents.user import UserRegistered

__all__ = [
    "DeliveryAssigned",
    "DeliveryCreated",
    "DeliveryDelivered",
    "DeliveryOffered",
    "DeliveryPickedUp",
    "MenuItemRemoved",
    "MenuItemUpdated",
    "OpeningHours",
    "Option",
    "OptionGroup",
    "OrderAccepted",
    "OrderAssigned",
    "OrderCreated",
    "OrderDelivered",
    "OrderPaid",
    "OrderPaymentFailed",
    "OrderPickedUp",
    "OrderPlaced",
    "OrderReady",
    "OrderRejected",
    "PaymentAuthorized",
    "PaymentCaptureFailed",
    "PaymentCompleted",
    "PaymentDeclined",
    "PaymentVoided",
    "Place",
    "RestaurantUpdated",
    "Shift",
    "SpecialDay",
    "UserRegistered",
    "WeeklyShift",
]
