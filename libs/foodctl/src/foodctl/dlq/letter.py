"""Prints dead letters, and records dropped ones in the services' databases."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from foodchassis.messaging.letter import Letter
from foodchassis.storage.chassis import NOTE_DROPPED
from foodctl.errors import FoodctlError
from foodctl.subscriptions import subscriptions

SHORT = 8
_IDS = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")


def short(letter: Letter) -> str:
    """Return the end of an id: UUIDv7s of the same time begin alike."""
    return str(letter.id)[-SHORT:]


def kind(letter: Letter) -> str:
    """Return the reason on one line and without ids, for grouping."""
    return printable(_IDS.sub("…", " ".join(letter.reason.split())))


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


def table(letters: Iterable[Letter], console: Console) -> None:
    """Print the number of dead letters by service, queue and reason, with their ids."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for letter in letters:
        groups[letter.service, printable(letter.queue or "?"), kind(letter)].append(short(letter))
    if not groups:
        console.print("no dead letters")
        return
    grid = Table("service", "queue", "letters", "reason", "ids", box=None, pad_edge=False)
    grid.columns[2].justify = "right"
    grid.columns[3].overflow = "fold"
    for (service, queue, reason), ids in sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1]))):
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        grid.add_row(service, queue.removeprefix(f"{service}."), str(len(ids)), reason, " ".join(ids[:_SHOWN]) + more)
    console.print(grid, highlight=False, markup=False)
    console.print(f"{sum(map(len, groups.values()))} dead letters", highlight=False)


def whole(letter: Letter, console: Console) -> None:
    """Print one dead letter with its content, which includes personal data."""
    lines = {
        "id": str(letter.id),
        "service": letter.service,
        "queue": letter.queue or "?",
        "reason": letter.reason,
        "tries": str(letter.attempts),
        **{name: str(value) for name, value in letter.fresh_headers.items()},
    }
    for name, value in lines.items():
        console.print(f"{printable(name):12}{printable(value)}", highlight=False, markup=False, soft_wrap=True)
    console.print(pretty(letter.body), highlight=False, markup=False, soft_wrap=True)


def record(databases: Mapping[str, str], letters: Iterable[Letter]) -> None:
    """Record the events that will never be handled, with the reason; messages that are not events are not counted."""
    rows = defaultdict[str, list[dict[str, Any]]](list)
    for letter in letters:
        package = letter.service.replace("-", "_")
        handler = _handler(package, letter)
        if handler is not None and letter.event_id is not None:
            rows[package].append({"handler": handler, "event_id": letter.event_id, "reason": kind(letter)})
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


def _handler(package: str, letter: Letter) -> str | None:
    """Return the handler of its queue."""
    key = (letter.origin or "").removeprefix(f"{letter.service}.")
    return next((handler for handler, routing in subscriptions(package).items() if routing == key), None)
