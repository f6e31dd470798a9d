"""A dead letter: a message that its service could not handle, with the reason."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from aio_pika.abc import AbstractIncomingMessage
from pydantic import ValidationError

from foodchassis.kernel.events import Envelope


@dataclass(frozen=True)
class DeadLetter:
    """A message of a service's dead-letter queue."""

    service: str
    id: UUID
    queue: str | None
    reason: str
    attempts: int
    parked_at: datetime | None
    headers: Mapping[str, Any] = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    def read(cls, service: str, message: AbstractIncomingMessage) -> "DeadLetter":
        """Read a message that the service or RabbitMQ itself dead-lettered."""
        headers: Mapping[str, Any] = message.headers
        death = _death(service, headers)
        return cls(
            service=service,
            id=_id(message.message_id, message.body),
            queue=_text(headers.get("x-queue") or death.get("queue")),
            reason=_text(headers.get("x-reason")) or _of_broker(death),
            attempts=_number(headers.get("x-attempt"), 1),
            parked_at=message.timestamp or _moment(death.get("time")),
            headers=headers,
            body=message.body,
        )

    @property
    def origin(self) -> str | None:
        """Return its original queue, if it is one of its service; None otherwise."""
        ours = self.queue is not None and self.queue.startswith(f"{self.service}.")
        return self.queue if ours and self.queue != f"{self.service}.dead" else None

    @property
    def event_id(self) -> UUID | None:
        """Return the id of its event; None when it is not an event."""
        try:
            return Envelope.model_validate_json(self.body).id
        except ValidationError:
            return None

    @property
    def traceparent(self) -> str | None:
        """Return the trace that its message was published in."""
        return _text(self.headers.get("traceparent"))

    @property
    def fresh_headers(self) -> dict[str, Any]:
        """Return the headers of a copy for the original queue, without the attempts."""
        return {name: value for name, value in self.headers.items() if not name.startswith("x-")}


def _id(message_id: str | None, body: bytes) -> UUID:
    """Return the id of a message; if it is not a UUID, one derived from the content."""
    with suppress(ValueError):
        return UUID(message_id or "")
    return UUID(bytes=sha256((message_id or "").encode("utf-8", "replace") + body).digest()[:16])


def _death(service: str, headers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the entry of `x-death` about the service's own queue, not those about queues of retries."""
    deaths = headers.get("x-death")
    for death in deaths if isinstance(deaths, list) else ():
        if isinstance(death, Mapping) and (_text(death.get("queue")) or "").startswith(f"{service}."):
            return death
    return {}


def _of_broker(death: Mapping[str, Any]) -> str:
    return f"given up by RabbitMQ: {_text(death['reason'])}" if "reason" in death else "no reason given"


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _number(value: Any, otherwise: int) -> int:
    # A bool is an int in Python, but not a number in JSON.
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _moment(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) else None
