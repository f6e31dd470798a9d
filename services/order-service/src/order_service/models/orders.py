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

# Spelled out, because only this exact condition uses the index.
OPEN = "status IN ('pending', 'placed', 'paid', 'assigned', 'picked_up', 'cancelling')"


class PlacedFacts(Row):
    """The facts of an order from its creation: its price, and a copy of the restaurant's data."""

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
        default=None, sa_type=JSONB(none_as_null=True), description="the simulated parties of a test order"
    )
    customer_erased: bool = Field(default=False, description="whether its address is erased when it ends")
    traceparent: str | None = Field(default=None, description="the trace in which it was placed")


class OrderFacts(PlacedFacts):
    """The facts of an order for decisions, immutable and without the ORM.

    Its own fields are those that steps change.
    """

    version: int
    status: OrderStatus = Field(sa_type=stored(OrderStatus, "status"))
    kitchen: KitchenStatus = Field(sa_type=stored(KitchenStatus, "kitchen"))
    accepted_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    ready_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    delivery_id: UUID | None = None
    driver_id: UUID | None = None
    lost_drivers: list[UUID] = Field(default_factory=list, sa_type=JSONB, description="drivers that the order has lost")
    reason: str | None = Field(default=None, description="why it was not delivered")
    responsible: Responsible | None = Field(default=None, sa_type=stored(Responsible, "responsible"))
    paid: bool = Field(default=False, description="whether a delivery was requested")
    cancelled_by: Party | None = Field(default=None, sa_type=stored(Party, "cancelled_by"))
    keep: int | None = Field(
        default=None, sa_type=BigInteger, description="the amount that a cancelled order does not refund"
    )
    payment_closed: bool = Field(default=False, description="whether its payment has ended")
    delivery_closed: bool = Field(default=False, description="whether its delivery has ended or never existed")
    needs_attention: bool = False

    @property
    def order_id(self) -> UUID:
        """The id, with its name in events."""
        return self.id

    @property
    def dropoff(self) -> dict[str, Any]:
        """The address, with its name in events."""
        return self.delivery_address

    @property
    def by(self) -> Party | None:
        """The party that cancelled it, with its name in events."""
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
    """One dish of an order, with its name and price at the time of the order."""

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
    """One step of an order: its states, actor, and the published event, if any."""

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
    """The stored step, with its causing request or event."""

    __tablename__ = "order_history"

    correlation_id: str
    causation_id: str
    trace_id: str | None = None
