"""Commands on an order."""

from dataclasses import dataclass
from uuid import UUID

from foodevents import Address, OrderTestCreate, RestaurantUpdated
from order_service.models import Party
from order_service.schemas import PricedBasket


@dataclass(frozen=True)
class PlaceOrder:
    """Place an order of an admitted and priced basket."""

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
    """Accept the order; the food is ready in `prep_minutes`."""

    prep_minutes: float
    by: Party = Party.RESTAURANT


@dataclass(frozen=True)
class Reject:
    """Reject the order."""

    reason: str
    by: Party = Party.RESTAURANT


@dataclass(frozen=True)
class Cancel:
    """Cancel an order before its pick-up."""

    by: Party
    reason: str


Command = PlaceOrder | Accept | Reject | Cancel
