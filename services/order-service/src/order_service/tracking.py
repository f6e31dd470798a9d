"""How an order is followed: its timeline, and what its stream tells."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from foodchassis import Latitude, Longitude, Schema, Timestamp
from order_service.states import KitchenStatus, OrderStatus


class TimelineEntry(Schema):
    """One step of an order: when, why and by whom; `ms` counts from the order's creation.

    `event` is what was told of it; what was only noted has none.
    """

    sequence: int
    event: str | None
    at: Timestamp
    ms: int
    status: OrderStatus
    kitchen: KitchenStatus
    trigger: str
    actor: str
    correlation_id: str
    causation_id: str
    trace_id: str | None
    driver_id: UUID | None = None


class Timeline(Schema):
    """Everything that happened to an order, in order."""

    order_id: UUID
    entries: list[TimelineEntry]


class OrderStep(Schema):
    """What a stream tells of each step; `id` of its server-sent event is the version."""

    order_id: UUID
    version: int
    status: OrderStatus
    kitchen: KitchenStatus
    event: str | None
    actor: str
    driver_id: UUID | None
    at: Timestamp


class Position(BaseModel):
    """Where the driver is, as delivery-service says it."""

    model_config = ConfigDict(allow_inf_nan=False)
    lat: Latitude
    lng: Longitude
    at: AwareDatetime
