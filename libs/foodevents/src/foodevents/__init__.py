"""The events that services exchange, one module per publishing service."""

from foodevents.audit import AUDIT, AdminActed, AdminRead
from foodevents.bill import Bill
from foodevents.delivery import (
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
from foodevents.hours import OpeningHours, Shift, SpecialDay, WeeklyShift
from foodevents.menu import MenuItemRemoved, MenuItemUpdated, Option, OptionGroup, RestaurantUpdated, Section
from foodevents.order import (
    OrderAccepted,
    OrderAssigned,
    OrderCreated,
    OrderDriverLost,
    OrderPaid,
    OrderPickedUp,
    OrderPlaced,
    OrderReady,
    OrderReminded,
)
from foodevents.order_end import (
    OrderCancelled,
    OrderCancelRequested,
    OrderDelivered,
    OrderPaymentFailed,
    OrderRejected,
    OrderUndeliverable,
)
from foodevents.payment import (
    PaymentAuthorized,
    PaymentCaptureFailed,
    PaymentCompleted,
    PaymentDeclined,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentSettled,
    PaymentVoided,
)
from foodevents.place import Address, Place, PlaceCreate, PlacePublic
from foodevents.sandbox import OrderTest, OrderTestCreate
from foodevents.settings import ApplicationSettings, FoodSettings
from foodevents.staff import StaffMember, StaffRole, role_of
from foodevents.standing import APPLICATION, Reason, Standing, judge
from foodevents.user import UserChanged, UserErased, UserRegistered

__all__ = [
    "APPLICATION",
    "AUDIT",
    "Address",
    "AdminActed",
    "AdminRead",
    "ApplicationSettings",
    "Bill",
    "DeliveryAssigned",
    "DeliveryCancelled",
    "DeliveryCreated",
    "DeliveryDelivered",
    "DeliveryNoDriver",
    "DeliveryOffered",
    "DeliveryPickedUp",
    "DeliveryUnassigned",
    "DeliveryUndeliverable",
    "FoodSettings",
    "MenuItemRemoved",
    "MenuItemUpdated",
    "OpeningHours",
    "Option",
    "OptionGroup",
    "OrderAccepted",
    "OrderAssigned",
    "OrderCancelRequested",
    "OrderCancelled",
    "OrderCreated",
    "OrderDelivered",
    "OrderDriverLost",
    "OrderPaid",
    "OrderPaymentFailed",
    "OrderPickedUp",
    "OrderPlaced",
    "OrderReady",
    "OrderRejected",
    "OrderReminded",
    "OrderTest",
    "OrderTestCreate",
    "OrderUndeliverable",
    "PaymentAuthorized",
    "PaymentCaptureFailed",
    "PaymentCompleted",
    "PaymentDeclined",
    "PaymentRefundFailed",
    "PaymentRefunded",
    "PaymentSettled",
    "PaymentVoided",
    "Place",
    "PlaceCreate",
    "PlacePublic",
    "Reason",
    "RestaurantUpdated",
    "Section",
    "Shift",
    "SpecialDay",
    "StaffMember",
    "StaffRole",
    "Standing",
    "UserChanged",
    "UserErased",
    "UserRegistered",
    "WeeklyShift",
    "judge",
    "role_of",
]
