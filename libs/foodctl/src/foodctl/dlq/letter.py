"""One dead letter: where it comes from, why it was given up, and what it says."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

SHORT = 8
_IDS = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_DELIVERIES = "x-delivery-count"


@dataclass(frozen=True)
class Letter:
    """A message of a service's dead-letter queue; `deliveries` counts how often it was taken out and put back."""

    service: str
    id: str
    queue: str | None
    reason: str
    attempts: int
    deliveries: int
    headers: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, service: str, message_id: str | None, headers: Mapping[str, Any], body: bytes) -> "Letter":
        """Read a letter that the service parked, or that RabbitMQ itself gave up."""
        death = _death(service, headers)
        return cls(
            service=service,
            id=message_id or sha256(body).hexdigest()[:32],
            queue=_text(headers.get("x-queue") or death.get("queue")),
            reason=_text(headers.get("x-reason")) or _of_broker(death),
            attempts=_number(headers.get("x-attempt"), 1),
            deliveries=_number(headers.get(_DELIVERIES), 0),
            headers=headers,
        )

    @property
    def short(self) -> str:
        """The end of its id: the beginning of a UUIDv7 is the time, and alike in many."""
        return self.id[-SHORT:]

    @property
    def home(self) -> str | None:
        """The queue to send it back to; None when it names none of its service's own."""
        ours = self.queue is not None and self.queue.startswith(f"{self.service}.")
        return self.queue if ours and self.queue != f"{self.service}.dead" else None

    @property
    def kind(self) -> str:
        """The reason as letters share it: in one line, and without the ids in it."""
        return printable(_IDS.sub("…", " ".join(self.reason.split())))

    @property
    def fresh_headers(self) -> dict[str, Any]:
        """The headers of a message that was never tried."""
        return {name: value for name, value in self.headers.items() if not name.startswith("x-")}

    @property
    def kept_headers(self) -> dict[str, Any]:
        """The headers of a copy that stays a dead letter, and was never taken out."""
        return {name: value for name, value in self.headers.items() if name != _DELIVERIES}


def pretty(body: bytes) -> str:
    """Give a body as a person reads it: JSON over several lines, anything else as it is."""
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "backslashreplace")
    return printable(text)


def printable(text: str) -> str:
    """Escape what would speak to the terminal instead of the reader."""
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1] for character in text
    )


def _death(service: str, headers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find where RabbitMQ took it out of the service's queue; the rooms where it waited for a retry count not."""
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
    return value if isinstance(value, int) else otherwise
