"""What admins did."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import Field

from foodchassis import Schema, Timestamp


@dataclass(frozen=True)
class AuditFilter:
    """Which actions to list."""

    admin_id: UUID | None = None
    object_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None


class AuditEntryPublic(Schema):
    """One action of an admin."""

    id: UUID
    """The action."""
    at: Timestamp
    """When it happened."""
    admin_id: UUID
    """The admin."""
    action: str = Field(examples=["restaurant.suspended"])
    """The kind, e.g. restaurant.suspended, order.cancelled, payment.refunded."""
    object_id: UUID
    """The id of the object of the action."""
    reason: str | None = Field(examples=["The hygiene certificate has expired."])
    """The reason that the admin gave."""
