"""The record of what was dropped, in the database of the service that will never see it: it is not lost."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

import psycopg
from pydantic import ValidationError

from foodchassis import Envelope
from foodctl.dlq.letter import Letter
from foodctl.errors import FoodctlError
from foodctl.subscriptions import subscriptions

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
