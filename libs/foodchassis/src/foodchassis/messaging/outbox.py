"""The transactional outbox: `publish` stores an event in the transaction of the change it tells of."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.events import Envelope, Event, current_cause
from foodchassis.storage.database import resources, run
from foodchassis.storage.tables import outbox
from foodchassis.telemetry import tracing


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row of the outbox table, ready to be stored."""

    event_id: UUID
    routing_key: str
    body: bytes
    traceparent: str | None


def outgoing(session: AsyncSession, event: Event, sequence: int = 1) -> OutboxRow:
    """Envelop `event` for a hand-written statement that stores the row itself; else use `publish`."""
    session.info["published"] = True
    cause = current_cause()
    parent = tracing.traceparent()
    envelope = Envelope(
        source=f"/{resources(session).settings.service_name}",
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
    """Tell the world of `event` if and only if the session commits; `sequence` counts per aggregate."""
    row = outgoing(session, event, sequence)
    await run(
        session,
        insert(outbox).values(
            event_id=row.event_id, routing_key=row.routing_key, body=row.body, traceparent=row.traceparent
        ),
    )
