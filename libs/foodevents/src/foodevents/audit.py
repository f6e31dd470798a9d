"""The event that every service publishes about actions of admins, and user-service stores."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from foodchassis import Event, new_id, now


class AdminActed(Event, type="admin.acted.v1", subject="action_id"):
    """An action of an admin: `action` such as restaurant.suspended, its object `object_id`, and the reason."""

    admin_id: UUID
    action: str
    object_id: UUID
    reason: str | None = None
    action_id: UUID = Field(default_factory=new_id)
    at: datetime = Field(default_factory=now)
