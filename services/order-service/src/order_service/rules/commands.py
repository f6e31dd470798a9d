"""What people ask of an order."""

from dataclasses import dataclass
from uuid import UUID

from foodevents import Address, OrderTestCreate, RestaurantUpdated
from order_service.models import Party
from order_service.schemas import PricedBasket


@dataclass(frozen=True)
class PlaceOrder:
    """Order a basket that was admitted and priced."""

    order_id: UUID
    customer_id: UUID
    restaurant: RestaurantUpdated
    priced: PricedBasket
    address: Address
    payment_method: str
    note: str | None = None
    test: OrderTestCreate | None = None


@dataclass(frozen=True)
class Accept:
    """Begin to cook; the food is ready in `prep_minutes`."""

    prep_minutes: float
    by: Party = Party.RESTAURANT


@dataclass(frozen=True)
class Reject:
    """Refuse to cook."""

    reason: str
    by: Party = Party.RESTAURANT


@dataclass(frozen=True)
class Cancel:
    """End an order whose food is not picked up."""

    by: Party
    reason: str


Command = PlaceOrder | Accept | Reject | Cancel
