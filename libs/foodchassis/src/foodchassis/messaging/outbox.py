"""The transactional outbox: `publish` stores an event in the transaction of the change that it describes."""

from collections.abc import Iterable

from sqlalchemy import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.events import Envelope, Event, current_cause
from foodchassis.kernel.resources import Resources
from foodchassis.storage.chassis import OutboxRow
from foodchassis.storage.database import Database, after_commit, resources, run
from foodchassis.storage.tables import outbox
from foodchassis.telemetry import tracing

# A statement takes 65,535 parameters at most.
AT_ONCE = 500


def outgoing(resources: Resources, event: Event, sequence: int = 1) -> OutboxRow:
    """Put `event` into its envelope, ready to be stored in the outbox."""
    cause = current_cause()
    parent = tracing.traceparent()
    envelope = Envelope(
        source=f"/{resources.settings.service_name}",
        type=event.event_type,
        subject=event.subject,
        sequence=sequence,
        correlationid=cause.correlation_id,
        causationid=cause.causation_id,
        traceparent=parent,
        data=event.model_dump(mode="json"),
    )
    return OutboxRow(envelope.id, event.routing_key, envelope.model_dump_json(exclude_none=True).encode(), parent)


async def publish(session: AsyncSession, event: Event, sequence: int = 1) -> None:
    """Publish `event` if and only if the session commits; `sequence` counts per aggregate."""
    await publish_all(session, [(event, sequence)])


async def publish_all(session: AsyncSession, events: Iterable[tuple[Event, int]]) -> None:
    """Publish each of `events`, with its sequence, if and only if the session commits."""
    service = resources(session)
    rows = [outgoing(service, event, sequence)._asdict() for event, sequence in events]
    for first in range(0, len(rows), AT_ONCE):
        await run(session, insert(outbox).values(rows[first : first + AT_ONCE]))
    after_commit(session, service.get(Database).published)
