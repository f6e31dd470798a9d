"""Prints dead letters, and records dropped ones in the services' databases."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from foodchassis.messaging.dead_letter import DeadLetter
from foodchassis.storage.chassis import NOTE_DROPPED
from foodctl.errors import FoodctlError
from foodctl.subscriptions import subscriptions

SHORT = 8
_IDS = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")


def short(dead_letter: DeadLetter) -> str:
    """Return the end of an id: UUIDv7s of the same time begin alike."""
    return str(dead_letter.id)[-SHORT:]


def kind(dead_letter: DeadLetter) -> str:
    """Return the reason on one line and without ids, for grouping."""
    return printable(_IDS.sub("…", " ".join(dead_letter.reason.split())))


def pretty(body: bytes) -> str:
    """Return JSON with indentation, and any other body unchanged."""
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "backslashreplace")
    return printable(text)


def printable(text: str) -> str:
    """Escape control sequences of the terminal."""
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1] for character in text
    )


_SHOWN = 3


def table(dead_letters: Iterable[DeadLetter], console: Console) -> None:
    """Print the number of dead letters by service, queue and reason, with their ids."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for dead_letter in dead_letters:
        groups[dead_letter.service, printable(dead_letter.queue or "?"), kind(dead_letter)].append(short(dead_letter))
    if not groups:
        console.print("no dead letters")
        return
    grid = Table("service", "queue", "messages", "reason", "ids", box=None, pad_edge=False)
    grid.columns[2].justify = "right"
    grid.columns[3].overflow = "fold"
    for (service, queue, reason), ids in sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1]))):
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        grid.add_row(service, queue.removeprefix(f"{service}."), str(len(ids)), reason, " ".join(ids[:_SHOWN]) + more)
    console.print(grid, highlight=False, markup=False)
    console.print(f"{sum(map(len, groups.values()))} dead letters", highlight=False)


def whole(dead_letter: DeadLetter, console: Console) -> None:
    """Print one dead letter with its content, which includes personal data."""
    lines = {
        "id": str(dead_letter.id),
        "service": dead_letter.service,
        "queue": dead_letter.queue or "?",
        "reason": dead_letter.reason,
        "tries": str(dead_letter.attempts),
        **{name: str(value) for name, value in dead_letter.fresh_headers.items()},
    }
    for name, value in lines.items():
        console.print(f"{printable(name):12}{printable(value)}", highlight=False, markup=False, soft_wrap=True)
    console.print(pretty(dead_letter.body), highlight=False, markup=False, soft_wrap=True)


def record(databases: Mapping[str, str], dead_letters: Iterable[DeadLetter]) -> None:
    """Record the events that will never be handled, with the reason; messages that are not events are not counted."""
    rows = defaultdict[str, list[dict[str, Any]]](list)
    for dead_letter in dead_letters:
        package = dead_letter.service.replace("-", "_")
        handler = _handler(package, dead_letter)
        if handler is not None and dead_letter.event_id is not None:
            rows[package].append({"handler": handler, "event_id": dead_letter.event_id, "reason": kind(dead_letter)})
    for package, notes in rows.items():
        _write(package, databases, notes)


def _write(package: str, databases: Mapping[str, str], notes: list[dict[str, Any]]) -> None:
    if package not in databases:
        raise FoodctlError(f"nothing was dropped: the database of {package} is not known")
    try:
        with psycopg.connect(databases[package], connect_timeout=5, application_name="foodctl dlq") as connection:
            connection.cursor().executemany(NOTE_DROPPED, notes)
    except psycopg.Error as error:
        raise FoodctlError(f"nothing was dropped: {package} cannot record it: {str(error).strip()}") from None


def _handler(package: str, dead_letter: DeadLetter) -> str | None:
    """Return the handler of its queue."""
    key = (dead_letter.origin or "").removeprefix(f"{dead_letter.service}.")
    return next((handler for handler, routing in subscriptions(package).items() if routing == key), None)
