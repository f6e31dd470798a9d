"""A service's operations over HTTP, for admins: what waits in it, and its dead letters."""

import re
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from foodchassis.kernel.types import Schema, Text, Timestamp
from foodchassis.messaging.letter import Letter
from foodchassis.messaging.operations import Operations
from foodchassis.web.auth import ADMIN, require_role
from foodchassis.web.refusals import refusals
from foodchassis.web.resources import ResourcesDep
from foodchassis.web.tokens import Principal

TAGS = {"operations": "What waits in a service, and the messages that it gave up."}
MOST_LETTERS = 100
LONGEST_BODY = 20_000
TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class OutboxPublic(Schema):
    """Events that wait to be sent to the broker."""

    waiting: int = Field(examples=[0])
    """How many are to be sent."""
    oldest_seconds: float = Field(examples=[0.0])
    """How long the oldest has waited."""
    parked: int = Field(examples=[0])
    """How many the broker refused too often: they are sent once an operator releases them."""


class QueuePublic(Schema):
    """A queue of the service."""

    name: str = Field(examples=["notes.note.written"])
    """Its name at the broker."""
    messages: int = Field(examples=[3])
    """How many messages are ready for delivery."""
    consumers: int = Field(examples=[2])
    """How many consumers it has; none means that its messages wait."""


class OperationsPublic(Schema):
    """What waits in a service now."""

    service: str = Field(examples=["notes"])
    """Its name."""
    broker: Literal["up", "down"]
    """Whether its broker answers."""
    outbox: OutboxPublic
    """Its events that wait to be sent."""
    queues: list[QueuePublic]
    """Its queues of events; none while its broker is down."""
    dead_letters: int | None = Field(examples=[1])
    """How many messages it gave up; null while its broker is down."""
    deadlines_overdue: int = Field(examples=[0])
    """How many of its deadlines passed ten seconds ago or more and were not handled; 10,000 at most."""
    effects_waiting: int = Field(examples=[0])
    """How many requests to other systems have no answer yet; 10,000 at most."""


class DeadLetterPublic(Schema):
    """A message that the service gave up."""

    id: UUID
    """The id of its event; of a message without one, an id that is derived from its content."""
    queue: str | None = Field(examples=["notes.note.written"])
    """The queue that it comes from."""
    reason: str = Field(examples=["ValueError: the note is empty"])
    """Why it was given up."""
    attempts: int = Field(examples=[5])
    """How often it was tried."""
    parked_at: Timestamp | None
    """When it was given up, as far as that is known."""
    replayable: bool
    """Whether it names a queue of this service to be sent back to."""
    trace_id: str | None = Field(examples=["4bf92f3577b34da6a3ce929d0e0e4736"])
    """The trace that it was published in."""
    body: str = Field(examples=['{"type": "note.written.v1"}'])
    """Its content, which may include personal data; the first 20,000 characters."""


class DeadLettersPublic(Schema):
    """Messages that the service gave up."""

    items: list[DeadLetterPublic]
    """Those at the head of the queue, the one given up last first."""
    total: int = Field(examples=[1])
    """How many there are."""


class LetterDrop(Schema):
    """Why a dead letter is dropped."""

    reason: Text = Field(examples=["The note was deleted."])
    """The reason, which the audit shows."""


async def find_operations(resources: ResourcesDep) -> Operations:
    """Return what looks after the queues and tables of the service."""
    return resources.get(Operations)


OperationsDep = Annotated[Operations, Depends(find_operations)]
CurrentAdmin = Annotated[Principal, require_role(ADMIN)]
Limit = Annotated[int, Query(ge=1, le=MOST_LETTERS, description="how many at most")]


async def show(operations: OperationsDep, resources: ResourcesDep, _: CurrentAdmin) -> dict[str, Any]:
    """Show what waits in the service: its outbox, its queues, dead letters, deadlines and effects."""
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


async def list_dead_letters(operations: OperationsDep, _: CurrentAdmin, limit: Limit = MOST_LETTERS) -> dict[str, Any]:
    """List messages that the service gave up, in full. One that another client reads at this moment may be missing."""
    letters, total = await operations.dead_letters(limit)
    return {"items": [_public(letter) for letter in letters], "total": total}


async def replay(operations: OperationsDep, admin: CurrentAdmin, letter_id: UUID) -> None:
    """Send a dead letter back to the queue it comes from, as if never tried; the audit records it."""
    await operations.replay(letter_id, admin.id)


async def drop(operations: OperationsDep, admin: CurrentAdmin, letter_id: UUID, body: LetterDrop) -> None:
    """Drop a dead letter, whose event is then never handled; the audit records it."""
    await operations.drop(letter_id, admin.id, body.reason)


def operations_of(service: str) -> APIRouter:
    """Return the routes `/operations/<service>`, whose operations bear the service's name."""
    router, name = APIRouter(prefix=f"/operations/{service}", tags=["operations"]), service.replace("-", "_")
    letters, one = "/dead-letters", "/dead-letters/{letter_id}"
    done: dict[str, Any] = {"methods": ["POST"], "status_code": 204, "responses": refusals(404)}
    router.add_api_route("", show, name=f"show_{name}", response_model=OperationsPublic)
    router.add_api_route(
        letters, list_dead_letters, name=f"list_dead_letters_of_{name}", response_model=DeadLettersPublic
    )
    router.add_api_route(
        f"{one}/replay", replay, name=f"replay_dead_letter_of_{name}", **done | {"responses": refusals(404, 409)}
    )
    router.add_api_route(f"{one}/drop", drop, name=f"drop_dead_letter_of_{name}", **done)
    return router


def _public(letter: Letter) -> dict[str, Any]:
    trace = TRACEPARENT.fullmatch(letter.traceparent or "")
    return {
        "id": letter.id,
        "queue": letter.queue,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "parked_at": letter.parked_at,
        "replayable": letter.origin is not None,
        "trace_id": trace[1] if trace else None,
        "body": letter.body.decode("utf-8", "backslashreplace")[:LONGEST_BODY],
    }
