"""Events about actions and reads of admins, which every service publishes and user-service stores."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from foodchassis import Event, new_id, now
from foodchassis.messaging import Audit


class AdminActed(Event, type="admin.acted.v1", subject="action_id"):
    """An action of an admin: `action` such as restaurant.suspended, its object `object_id`, and the reason."""

    admin_id: UUID
    action: str
    object_id: UUID
    reason: str | None = None
    action_id: UUID = Field(default_factory=new_id)
    at: datetime = Field(default_factory=now)


class AdminRead(Event, type="admin.read.v1", subject="read_id"):
    """An admin read the object `object_id`, or a list of all without one, by `operation`, such as get_order.

    It is published once an hour for each admin, operation and object, with the same `read_id` for all repeats.
    """

    admin_id: UUID
    operation: str
    object_id: UUID | None = None
    read_id: UUID
    at: datetime = Field(default_factory=now)


AUDIT = Audit(acted=AdminActed, read=AdminRead)
