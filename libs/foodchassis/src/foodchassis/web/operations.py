"""HTTP routes for admins: the backlog of a service and its dead letters."""

import re
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from foodchassis.kernel.types import Schema, Text, Timestamp
from foodchassis.messaging.dead_letter import DeadLetter
from foodchassis.messaging.operations import Operations
from foodchassis.web.auth import ADMIN, require_role
from foodchassis.web.refusals import refusals
from foodchassis.web.resources import ResourcesDep
from foodchassis.web.tokens import Principal

TAGS = {"operations": "The backlog of a service, and its dead letters."}
MOST_DEAD_LETTERS = 100
LONGEST_BODY = 20_000
TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class OutboxPublic(Schema):
    """Events that wait to be sent to the broker."""

    waiting: int = Field(examples=[0])
    """The number of events to send."""
    oldest_seconds: float = Field(examples=[0.0])
    """The age of the oldest event in seconds."""
    parked: int = Field(examples=[0])
    """The number of events that the broker refused too often: they are sent after an operator releases them."""


class QueuePublic(Schema):
    """A queue of the service."""

    name: str = Field(examples=["notes.note.written"])
    """Its name at the broker."""
    messages: int = Field(examples=[3])
    """The number of messages that are ready for delivery."""
    consumers: int = Field(examples=[2])
    """The number of consumers; without any, its messages wait."""


class OperationsPublic(Schema):
    """The backlog of a service."""

    service: str = Field(examples=["notes"])
    """Its name."""
    broker: Literal["up", "down"]
    """Whether its broker responds."""
    outbox: OutboxPublic
    """Its unsent events."""
    queues: list[QueuePublic]
    """Its event queues; empty while its broker is down."""
    dead_letters: int | None = Field(examples=[1])
    """The number of dead letters; null while its broker is down."""
    deadlines_overdue: int = Field(examples=[0])
    """The number of deadlines that are overdue by ten seconds or more; at most 10,000."""
    effects_waiting: int = Field(examples=[0])
    """The number of requests to other systems without a response yet; at most 10,000."""


class DeadLetterPublic(Schema):
    """A dead letter: a message that the service could not handle."""

    id: UUID
    """The id of its event, or one derived from the content of a message without an id."""
    queue: str | None = Field(examples=["notes.note.written"])
    """Its original queue."""
    reason: str = Field(examples=["ValueError: the note is empty"])
    """The reason of the failure."""
    attempts: int = Field(examples=[5])
    """The number of attempts."""
    parked_at: Timestamp | None
    """When it became a dead letter, if known."""
    replayable: bool
    """Whether its headers name a queue of this service to send it back to."""
    trace_id: str | None = Field(examples=["4bf92f3577b34da6a3ce929d0e0e4736"])
    """The trace in which it was published."""
    body: str = Field(examples=['{"type": "note.written.v1"}'])
    """Its content, which may include personal data; the first 20,000 characters."""


class DeadLettersPublic(Schema):
    """Dead letters of the service."""

    items: list[DeadLetterPublic]
    """The dead letters at the head of the queue, newest first."""
    total: int = Field(examples=[1])
    """The total number."""


class DeadLetterDrop(Schema):
    """Why a dead letter is dropped."""

    reason: Text = Field(examples=["The note was deleted."])
    """The reason for the audit."""


async def find_operations(resources: ResourcesDep) -> Operations:
    """Return the operations of the service."""
    return resources.get(Operations)


OperationsDep = Annotated[Operations, Depends(find_operations)]
CurrentAdmin = Annotated[Principal, require_role(ADMIN)]
Limit = Annotated[int, Query(ge=1, le=MOST_DEAD_LETTERS, description="how many at most")]


async def show(operations: OperationsDep, resources: ResourcesDep, _: CurrentAdmin) -> dict[str, Any]:
    """Return the backlog of the service: its outbox, queues, dead letters, deadlines and effects."""
    found = await operations.backlog()
    return {
        "service": resources.settings.service_name,
        "broker": "down" if found.sizes is None else "up",
        "outbox": {"waiting": found.waiting, "oldest_seconds": found.oldest_seconds, "parked": found.parked},
        "queues": [{"name": name, **size._asdict()} for name, size in found.queues.items()],
        "dead_letters": found.dead_letters,
        "deadlines_overdue": found.deadlines_overdue,
        "effects_waiting": found.effects_waiting,
    }


async def list_dead_letters(
    operations: OperationsDep, _: CurrentAdmin, limit: Limit = MOST_DEAD_LETTERS
) -> dict[str, Any]:
    """List the dead letters of the service with their content. One that another client is reading may be missing."""
    found, total = await operations.dead_letters(limit)
    return {"items": [_public(dead_letter) for dead_letter in found], "total": total}


async def replay(operations: OperationsDep, admin: CurrentAdmin, dead_letter_id: UUID) -> None:
    """Send a dead letter back to its original queue with reset attempts; the audit records it."""
    await operations.replay(dead_letter_id, admin.id)


async def drop(operations: OperationsDep, admin: CurrentAdmin, dead_letter_id: UUID, body: DeadLetterDrop) -> None:
    """Drop a dead letter, whose event is then never handled; the audit records it."""
    await operations.drop(dead_letter_id, admin.id, body.reason)


def operations_of(service: str) -> APIRouter:
    """Return the routes `/operations/<service>`, whose operation ids contain the service's name."""
    router, name = APIRouter(prefix=f"/operations/{service}", tags=["operations"]), service.replace("-", "_")
    path, one = "/dead-letters", "/dead-letters/{dead_letter_id}"
    done: dict[str, Any] = {"methods": ["POST"], "status_code": 204, "responses": refusals(404)}
    router.add_api_route("", show, name=f"show_{name}", response_model=OperationsPublic)
    router.add_api_route(path, list_dead_letters, name=f"list_dead_letters_of_{name}", response_model=DeadLettersPublic)
    router.add_api_route(
        f"{one}/replay", replay, name=f"replay_dead_letter_of_{name}", **done | {"responses": refusals(404, 409)}
    )
    router.add_api_route(f"{one}/drop", drop, name=f"drop_dead_letter_of_{name}", **done)
    return router


def _public(dead_letter: DeadLetter) -> dict[str, Any]:
    trace = TRACEPARENT.fullmatch(dead_letter.traceparent or "")
    return {
        "id": dead_letter.id,
        "queue": dead_letter.queue,
        "reason": dead_letter.reason,
        "attempts": dead_letter.attempts,
        "parked_at": dead_letter.parked_at,
        "replayable": dead_letter.origin is not None,
        "trace_id": trace[1] if trace else None,
        "body": dead_letter.body.decode("utf-8", "backslashreplace")[:LONGEST_BODY],
    }
