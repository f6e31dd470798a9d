"""The history of an order, as a list and as a stream."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from foodchassis import Schema, Timestamp
from foodchassis.kernel import Latitude, Longitude
from foodchassis.web import Events
from order_service.models import KitchenStatus, OrderStatus


class TimelineEntry(Schema):
    """One step of an order with time, cause and actor; `ms` counts from the order's creation.

    `event` is the published event; steps that were only recorded have none.
    """

    sequence: int = Field(examples=[1])
    """The version after this step."""
    event: str | None = Field(examples=["order.created"])
    """The event that was published, if any."""
    at: Timestamp
    """When it happened."""
    ms: int = Field(examples=[0])
    """Milliseconds since the order was placed."""
    status: OrderStatus
    """The status after this step."""
    kitchen: KitchenStatus
    """The kitchen status after this step."""
    trigger: str = Field(examples=["customer.order"])
    """The trigger of this step."""
    actor: str = Field(examples=["customer"])
    """The actor."""
    correlation_id: str = Field(examples=["019e08da-8840-7000-8000-00000000c0de"])
    """The request at the beginning of the chain of causes."""
    causation_id: str = Field(examples=["019e08da-8840-7000-8000-00000000c0de"])
    """The request or event that caused this step."""
    trace_id: str | None = Field(examples=["4bf92f3577b34da6a3ce929d0e0e4736"])
    """The trace of this step."""
    driver_id: UUID | None = None
    """The driver after this step."""


class Timeline(Schema):
    """All steps of an order."""

    order_id: UUID
    """The order."""
    entries: list[TimelineEntry]
    """Its steps, oldest first."""


class OrderStep(Schema):
    """One step in a stream."""

    order_id: UUID
    """The order."""
    version: int = Field(examples=[1])
    """The version after this step."""
    status: OrderStatus
    """The status after this step."""
    kitchen: KitchenStatus
    """The kitchen status after this step."""
    event: str | None = Field(examples=["order.created"])
    """The event that was published, if any."""
    actor: str = Field(examples=["customer"])
    """The actor."""
    driver_id: UUID | None
    """The driver after this step."""
    at: Timestamp
    """When it happened."""


class Position(BaseModel):
    """The position of the driver."""

    model_config = ConfigDict(allow_inf_nan=False, use_attribute_docstrings=True)
    lat: Latitude
    lng: Longitude
    at: AwareDatetime
    """The time of the position."""


class OrderEvent(Schema):
    """A step of an order as a server-sent event; reconnect with its `id` as Last-Event-ID to get later ones."""

    id: str = Field(examples=["1"])
    """The version after the step."""
    event: Literal["order"]
    """The kind of event."""
    data: OrderStep
    """The step, as JSON."""


class PositionEvent(Schema):
    """The driver's position as a server-sent event; it has no `id`: only the newest one counts."""

    event: Literal["position"]
    """The kind of event."""
    data: Position
    """The position, as JSON."""


class RestaurantEvents(Events[OrderEvent]):
    """The steps of all orders at a restaurant."""


class OrderEvents(Events[OrderEvent | PositionEvent]):
    """The events of one order, until it ends."""
