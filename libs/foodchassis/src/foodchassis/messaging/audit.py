"""The audit: events that record what admins do and read; `Reads` publishes those of their reads."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import NAMESPACE_OID, UUID, uuid5

from foodchassis.kernel.events import Event
from foodchassis.kernel.resources import Resources
from foodchassis.kernel.types import now
from foodchassis.messaging.outbox import publish_all
from foodchassis.storage.database import Database

PERIOD = timedelta(hours=1)
MOST = 10_000
BEGIN = datetime.fromtimestamp(0, UTC)


class Acted(Protocol):
    """Creates the event that records an admin's action; usually the event's class."""

    def __call__(self, *, admin_id: UUID, action: str, object_id: UUID, reason: str | None) -> Event:
        """Return the event."""


class Read(Protocol):
    """Creates the event that records what an admin read; repeats within an hour have the same id."""

    def __call__(self, *, admin_id: UUID, operation: str, object_id: UUID | None, read_id: UUID) -> Event:
        """Return the event."""


class Audit(NamedTuple):
    """The functions that create the events of the audit."""

    acted: Acted
    read: Read


class Reads:
    """Records what admins read, once an hour for each admin, operation and object; never the data itself."""

    def __init__(self, resources: Resources, read: Read) -> None:
        self._resources = resources
        self._read = read
        self._recorded: set[UUID] = set()

    def __len__(self) -> int:
        """Return the number of records that are kept to recognise repeats."""
        return len(self._recorded)

    async def record(self, admin_id: UUID, operation: str, objects: Collection[UUID]) -> None:
        """Publish which objects an admin reads, or that it is a list of all, unless it was published in this hour.

        Raises the database's errors when it is down: then nothing may be shown.
        """
        hour = (now() - BEGIN) // PERIOD
        found = {uuid5(NAMESPACE_OID, f"{admin_id} {operation} {one} {hour}"): one for one in objects or (None,)}
        new = {read_id: one for read_id, one in found.items() if read_id not in self._recorded}
        if not new:
            return
        events = [
            self._read(admin_id=admin_id, operation=operation, object_id=one, read_id=read_id)
            for read_id, one in new.items()
        ]
        async with self._resources.get(Database).transaction() as session:
            await publish_all(session, [(event, 1) for event in events])
        if len(self._recorded) + len(new) > MOST:
            self._recorded.clear()
        self._recorded |= new.keys()
