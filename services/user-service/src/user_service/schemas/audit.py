"""What admins did."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import Field

from foodchassis import Schema, Timestamp


@dataclass(frozen=True)
class AuditFilter:
    """Which actions are asked for."""

    admin_id: UUID | None = None
    object_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None


class AuditEntryPublic(Schema):
    """One action of an admin."""

    id: UUID
    """The action."""
    at: Timestamp
    """When."""
    admin_id: UUID
    """Who."""
    action: str = Field(examples=["restaurant.suspended"])
    """What, e.g. restaurant.suspended, order.cancelled, payment.refunded."""
    object_id: UUID
    """The id of what it was done to."""
    reason: str | None = Field(examples=["The hygiene certificate has expired."])
    """Why, as the admin said."""
