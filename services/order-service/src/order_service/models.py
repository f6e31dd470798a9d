"""The tables: orders with their lines and history, and the replica of restaurants and menus."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from order_service.rows import TIME, Row, metadata, stored
from order_service.states import KitchenStatus, OrderStatus, Party

__all__ = ["OPEN", "MenuItemCopy", "Order", "OrderFacts", "OrderHistory", "OrderLine", "RestaurantCopy", "metadata"]

# Written out: only a condition in these very words uses the index.
OPEN = "status IN ('pending', 'placed', 'paid', 'assigned', 'picked_up', 'cancelling')"


class OrderFacts(Row):
    """An order with its price and all it needs of the restaurant, whose later changes don't touch it."""

    id: UUID = Field(primary_key=True)
    version: int
    status: OrderStatus = Field(sa_type=stored(OrderStatus, "status"))
    kitchen: KitchenStatus = Field(sa_type=stored(KitchenStatus, "kitchen"))
    customer_id: UUID
    restaurant_id: UUID
    restaurant_name: str
    owner_id: UUID
    pickup: dict[str, Any] = Field(sa_type=JSONB)
    delivery_address: dict[str, Any] = Field(sa_type=JSONB)
    auto_accept: bool
    prep_minutes: int
    currency: str
    subtotal: int
    delivery_fee: int
    service_fee: int
    tax: int
    tip: int
    total: int
    created_at: datetime = Field(sa_type=TIME)
    accepted_at: datetime | None = Field(default=None, sa_type=TIME)
    ready_at: datetime | None = Field(default=None, sa_type=TIME)
    delivery_id: UUID | None = None
    driver_id: UUID | None = None
    lost_drivers: list[UUID] = Field(default_factory=list, sa_type=JSONB, description="who was to bring it and won't")
    reason: str | None = Field(default=None, description="why it did not reach the door")
    paid: bool = Field(default=False, description="whether a driver was asked for")
    cancelled_by: Party | None = Field(default=None, sa_type=stored(Party, "cancelled_by"))
    keep: int | None = Field(default=None, description="what a cancelled order does not give back")
    payment_closed: bool = Field(default=False, description="whether its payment has ended")
    delivery_closed: bool = Field(default=False, description="whether its delivery has ended, or never was")
    needs_attention: bool = False
    customer_erased: bool = Field(default=False, description="whether its address goes when it ends")
    traceparent: str | None = Field(default=None, description="the trace that placed it")

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
    """The stored order; what moves orders works on the bare facts, without the cost of the unit of work."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total = subtotal + delivery_fee + service_fee + tax + tip", name="total"),
        CheckConstraint("least(subtotal, delivery_fee, service_fee, tax, tip) >= 0", name="amounts"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("keep BETWEEN 0 AND total", name="keep"),
        CheckConstraint("status NOT IN ('cancelling', 'cancelled') OR keep IS NOT NULL", name="cancellation"),
        CheckConstraint("status <> 'cancelled' OR (payment_closed AND delivery_closed)", name="confirmed"),
        Index(None, "customer_id", "id"),
        Index(None, "restaurant_id", "id"),
        Index("ix_orders_open", "created_at", postgresql_where=text(OPEN)),
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
    unit_price: int
    total: int


class OrderHistory(Row, table=True):
    """One step of an order: what it came from and to, by whom, and why; `event` is what was told of it, if anything."""

    __tablename__ = "order_history"

    order_id: UUID = Field(primary_key=True, foreign_key="orders.id")
    version: int = Field(primary_key=True)
    from_status: OrderStatus | None = Field(sa_type=stored(OrderStatus, "from_status", checked=False))
    to_status: OrderStatus = Field(sa_type=stored(OrderStatus, "to_status", checked=False))
    kitchen: KitchenStatus = Field(sa_type=stored(KitchenStatus, "kitchen", checked=False))
    trigger: str
    event: str | None
    actor: str
    correlation_id: str
    causation_id: str
    trace_id: str | None = None
    at: datetime = Field(sa_type=TIME)
    driver_id: UUID | None = None


class RestaurantCopy(Row, table=True):
    """The newest snapshot of a restaurant that menu-service published."""

    __tablename__ = "restaurants"

    id: UUID = Field(primary_key=True)
    version: int
    owner_id: UUID
    snapshot: dict[str, Any] = Field(sa_type=JSONB)


class MenuItemCopy(Row, table=True):
    """The newest snapshot of a dish; a removed one stays as a tombstone against snapshots that come late."""

    __tablename__ = "menu_items"

    id: UUID = Field(primary_key=True)
    version: int
    restaurant_id: UUID
    removed: bool
    snapshot: dict[str, Any] | None = Field(sa_type=JSONB(none_as_null=True))
