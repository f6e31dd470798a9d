"""What admins did and read."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from foodchassis import Schema, Timestamp


class AuditFilter:
    """The selected entries: those of `since` or later whose columns have the given `values`."""

    def __init__(self, since: datetime | None, **values: UUID | str | None) -> None:
        self.since = since
        self.values = {column: value for column, value in values.items() if value is not None}


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


class AuditReadPublic(Schema):
    """A read of an admin; repeats within an hour are one entry."""

    id: UUID
    """The entry."""
    at: Timestamp
    """The time of the first read within the hour."""
    admin_id: UUID
    """The admin."""
    operation: str = Field(examples=["get_order"])
    """The operation of the API."""
    object_id: UUID | None
    """The id in its path or query, such as that of the order; null for a list of all."""
