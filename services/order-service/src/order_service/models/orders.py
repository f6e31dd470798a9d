"""The tables of orders: each order with its lines and its history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from foodchassis.storage import TIMESTAMP, stored
from order_service.models.columns import Row
from order_service.models.states import KitchenStatus, OrderStatus, Party, Responsible

# Written out: only a condition in these very words uses the index.
OPEN = "status IN ('pending', 'placed', 'paid', 'assigned', 'picked_up', 'cancelling')"


class PlacedFacts(Row):
    """What an order is from the beginning: its price, and what it needs of the restaurant as it was then."""

    id: UUID = Field(primary_key=True)
    customer_id: UUID
    restaurant_id: UUID
    restaurant_name: str
    owner_id: UUID
    pickup: dict[str, Any] = Field(sa_type=JSONB)
    delivery_address: dict[str, Any] = Field(sa_type=JSONB)
    note: str | None = None
    auto_accept: bool
    prep_minutes: int
    currency: str
    subtotal: int = Field(sa_type=BigInteger)
    delivery_fee: int = Field(sa_type=BigInteger)
    service_fee: int = Field(sa_type=BigInteger)
    tax: int = Field(sa_type=BigInteger)
    tip: int = Field(sa_type=BigInteger)
    total: int = Field(sa_type=BigInteger)
    prices_include_tax: bool | None = None
    tax_included: int | None = Field(default=None, sa_type=BigInteger)
    fee_tax: int | None = Field(default=None, sa_type=BigInteger, description="the tax on the fees")
    taxes: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    created_at: datetime = Field(sa_type=TIMESTAMP)
    test: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), description="how a test order is played"
    )
    customer_erased: bool = Field(default=False, description="whether its address goes when it ends")
    traceparent: str | None = Field(default=None, description="the trace that placed it")


class OrderFacts(PlacedFacts):
    """An order as decisions see it, immutable and without the cost of the ORM; its own fields are what steps change."""

    version: int
    status: OrderStatus = Field(sa_type=stored(OrderStatus, "status"))
    kitchen: KitchenStatus = Field(sa_type=stored(KitchenStatus, "kitchen"))
    accepted_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    ready_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    delivery_id: UUID | None = None
    driver_id: UUID | None = None
    lost_drivers: list[UUID] = Field(default_factory=list, sa_type=JSONB, description="who was to bring it and won't")
    reason: str | None = Field(default=None, description="why it did not reach the door")
    responsible: Responsible | None = Field(default=None, sa_type=stored(Responsible, "responsible"))
    paid: bool = Field(default=False, description="whether a driver was asked for")
    cancelled_by: Party | None = Field(default=None, sa_type=stored(Party, "cancelled_by"))
    keep: int | None = Field(default=None, sa_type=BigInteger, description="what a cancelled order does not give back")
    payment_closed: bool = Field(default=False, description="whether its payment has ended")
    delivery_closed: bool = Field(default=False, description="whether its delivery has ended, or never was")
    needs_attention: bool = False

    @property
    def order_id(self) -> UUID:
        """The id under the name that events use."""
        return self.id

    @property
    def dropoff(self) -> dict[str, Any]:
        """The address under the name that events use."""
        return self.delivery_address

    @property
    def by(self) -> Party | None:
        """Who cancelled it, under the name that events use."""
        return self.cancelled_by


class Order(OrderFacts, table=True):
    """The stored order."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total = subtotal + delivery_fee + service_fee + tax + tip", name="total"),
        CheckConstraint("least(subtotal, delivery_fee, service_fee, tax, tip) >= 0", name="amounts"),
        CheckConstraint("tax_included >= 0 AND (tax = 0 OR NOT prices_include_tax)", name="tax"),
        CheckConstraint("fee_tax BETWEEN 0 AND tax + tax_included", name="fee_tax"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("keep BETWEEN 0 AND total", name="keep"),
        CheckConstraint("status NOT IN ('cancelling', 'cancelled') OR keep IS NOT NULL", name="cancellation"),
        CheckConstraint("status <> 'cancelled' OR (payment_closed AND delivery_closed)", name="confirmed"),
        Index(None, "customer_id", "id"),
        Index(None, "restaurant_id", "id"),
        Index(None, "owner_id", "id"),
        Index("orders_open", "created_at", postgresql_where=text(OPEN)),
        Index("orders_open_of_customer", "customer_id", postgresql_where=text(OPEN)),
    )


class OrderLine(Row, table=True):
    """One dish of an order, as it was named and priced when ordered."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 50", name="quantity"),
        CheckConstraint("unit_price >= 0 AND total = unit_price * quantity", name="total"),
    )

    order_id: UUID = Field(primary_key=True, foreign_key="orders.id")
    position: int = Field(primary_key=True)
    menu_item_id: UUID
    name: str
    quantity: int
    options: list[dict[str, Any]] = Field(sa_type=JSONB)
    note: str | None = None
    unit_price: int = Field(sa_type=BigInteger)
    total: int = Field(sa_type=BigInteger)
    tax_rate_ppm: int | None = None


class HistoryFacts(Row):
    """One step of an order: from where to where, and by whom; `event` is what was published of it, if anything."""

    order_id: UUID = Field(primary_key=True, foreign_key="orders.id")
    version: int = Field(primary_key=True)
    from_status: OrderStatus | None = Field(sa_type=stored(OrderStatus))
    to_status: OrderStatus = Field(sa_type=stored(OrderStatus))
    kitchen: KitchenStatus = Field(sa_type=stored(KitchenStatus))
    trigger: str
    event: str | None
    actor: str
    at: datetime = Field(sa_type=TIMESTAMP)
    driver_id: UUID | None = None


class OrderHistory(HistoryFacts, table=True):
    """The stored step, with the request or event that caused it."""

    __tablename__ = "order_history"

    correlation_id: str
    causation_id: str
    trace_id: str | None = None
