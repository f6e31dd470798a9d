"""A dead letter, how it is shown, and what services remember of dropped ones."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from foodchassis.kernel import Envelope
from foodctl.errors import FoodctlError
from foodctl.subscriptions import subscriptions

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
        """Return the end of its id: the beginning of a UUIDv7 is the time, and alike in many."""
        return self.id[-SHORT:]

    @property
    def home(self) -> str | None:
        """Return the queue to send it back to; None when it names none of its service's own."""
        ours = self.queue is not None and self.queue.startswith(f"{self.service}.")
        return self.queue if ours and self.queue != f"{self.service}.dead" else None

    @property
    def kind(self) -> str:
        """Return the reason as letters share it: in one line, and without the ids in it."""
        return printable(_IDS.sub("…", " ".join(self.reason.split())))

    @property
    def fresh_headers(self) -> dict[str, Any]:
        """Return the headers of a message that was never tried."""
        return {name: value for name, value in self.headers.items() if not name.startswith("x-")}

    @property
    def kept_headers(self) -> dict[str, Any]:
        """Return the headers of a copy that stays a dead letter, and was never taken out."""
        return {name: value for name, value in self.headers.items() if name != _DELIVERIES}


def pretty(body: bytes) -> str:
    """Return a body as a person reads it: JSON over several lines, anything else as it is."""
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


_SHOWN = 3


def table(letters: Iterable[Letter], console: Console) -> None:
    """Print how many letters each service has, by queue and reason, with the ids to ask for."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for letter in letters:
        groups[letter.service, printable(letter.queue or "?"), letter.kind].append(printable(letter.short))
    if not groups:
        console.print("no dead letters")
        return
    grid = Table("service", "queue", "letters", "reason", "ids", box=None, pad_edge=False)
    grid.columns[2].justify = "right"
    grid.columns[3].overflow = "fold"
    for (service, queue, kind), ids in sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1]))):
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        grid.add_row(service, queue.removeprefix(f"{service}."), str(len(ids)), kind, " ".join(ids[:_SHOWN]) + more)
    console.print(grid, highlight=False, markup=False)
    console.print(f"{sum(map(len, groups.values()))} dead letters", highlight=False)


def whole(letter: Letter, body: bytes, console: Console) -> None:
    """Print one letter with all that it says, personal data and all: its reader is the operator."""
    lines = {
        "id": letter.id,
        "service": letter.service,
        "queue": letter.queue or "?",
        "reason": letter.reason,
        "tries": str(letter.attempts),
        **{name: str(value) for name, value in letter.fresh_headers.items()},
    }
    for name, value in lines.items():
        console.print(f"{printable(name):12}{printable(value)}", highlight=False, markup=False, soft_wrap=True)
    console.print(pretty(body), highlight=False, markup=False, soft_wrap=True)


_NOTE = "INSERT INTO dropped_events (handler, event_id, reason) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


def record(databases: Mapping[str, str], letters: Iterable[tuple[Letter, bytes]]) -> None:
    """Note which events will never be handled, and why; a letter that is no event was never counted."""
    rows = defaultdict[str, list[tuple[str, UUID, str]]](list)
    for letter, body in letters:
        package = letter.service.replace("-", "_")
        handler = _handler(package, letter)
        event_id = _event_id(body)
        if handler is not None and event_id is not None:
            rows[package].append((handler, event_id, letter.kind))
    for package, notes in rows.items():
        _write(package, databases, notes)


def _write(package: str, databases: Mapping[str, str], notes: list[tuple[str, UUID, str]]) -> None:
    if package not in databases:
        raise FoodctlError(f"nothing is dropped: the database of {package} is not known")
    try:
        with psycopg.connect(databases[package], connect_timeout=5, application_name="foodctl dlq") as connection:
            connection.cursor().executemany(_NOTE, notes)
    except psycopg.Error as error:
        raise FoodctlError(f"nothing is dropped: {package} cannot note it: {str(error).strip()}") from None


def _handler(package: str, letter: Letter) -> str | None:
    """Find who would have handled it, by its queue's name."""
    home = letter.home or ""
    key = home.removeprefix(f"{letter.service}.")
    return next((handler for handler, kind in subscriptions(package).items() if kind == key), None)


def _event_id(body: bytes) -> UUID | None:
    try:
        return Envelope.model_validate_json(body).id
    except ValidationError:
        return None
