"""The transactional outbox: `publish` stores an event in the transaction of the change that it describes."""

from sqlalchemy import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.events import Envelope, Event, current_cause
from foodchassis.kernel.resources import Resources
from foodchassis.storage.chassis import OutboxRow
from foodchassis.storage.database import Database, after_commit, resources, run
from foodchassis.storage.tables import outbox
from foodchassis.telemetry import tracing


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
    service = resources(session)
    await run(session, insert(outbox).values(outgoing(service, event, sequence)._asdict()))
    after_commit(session, service.get(Database).published)
