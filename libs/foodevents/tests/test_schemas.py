"""Published events may only gain optional fields, so that old consumers can read them."""

import json
import re
from typing import Any

import pytest

from foodchassis import Event
from foodctl.subscriptions import events
from foodlab.docs import DOCS, schemas

PUBLISHED = {path.name: path for path in sorted((DOCS / "events").glob("*.json"))}


def breaks(old: Any, new: Any, where: str = "") -> list[str]:
    """Return the incompatible changes between two schemas."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = [f"{where}/{key} is gone" for key in old.keys() - new.keys()]
        for key in old.keys() & new.keys():
            if key == "required":
                found += [f"{where}: {name} became required or optional" for name in set(old[key]) ^ set(new[key])]
            elif key not in {"description", "title"}:
                found += breaks(old[key], new[key], f"{where}/{key}")
        if where.endswith("properties"):
            return found
        return found + [f"{where}/{key} was added" for key in new.keys() - old.keys() if not _may_be_added(where, key)]
    return [] if old == new else [f"{where}: {old} became {new}"]


def _may_be_added(where: str, key: str) -> bool:
    return where.endswith(("properties", "$defs")) or key in {"description", "title", "$defs"}


@pytest.mark.parametrize("event", events(), ids=lambda event: event.event_type)
def test_every_event_stays_readable_for_old_consumers(event: type[Event]) -> None:
    path = DOCS / "events" / f"{event.event_type}.json"
    assert path.name in PUBLISHED, "run `just docs` and commit the new schema"

    assert breaks(json.loads(path.read_text()), event.model_json_schema()) == []


def test_no_published_event_is_removed() -> None:
    assert {event.event_type + ".json" for event in events()} == set(PUBLISHED)


@pytest.mark.parametrize("event", events(), ids=lambda event: event.event_type)
def test_every_event_has_a_valid_type_key_and_subject(event: type[Event]) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z_]+\.v[1-9]", event.event_type)
    assert event.routing_key == event.event_type.rpartition(".")[0]
    assert event.subject_field in event.model_fields


def test_the_documentation_shows_the_current_schemas() -> None:
    assert {path: text for path, text in schemas().items() if path.read_text() != text} == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda schema: schema["properties"].pop("order_id"),
        lambda schema: schema["properties"]["order_id"].update(type="integer"),
        lambda schema: schema["required"].append("news"),
        lambda schema: schema["required"].remove("order_id"),
    ],
    ids=["a field is gone", "a field has another type", "a field became required", "a field became optional"],
)
def test_a_breaking_change_is_detected(change: Any) -> None:
    old = json.loads(PUBLISHED["order.delivered.v1.json"].read_text())
    new = json.loads(PUBLISHED["order.delivered.v1.json"].read_text())
    change(new)

    assert breaks(old, new) != []


def test_an_added_optional_field_is_compatible() -> None:
    old = json.loads(PUBLISHED["order.delivered.v1.json"].read_text())
    new = json.loads(PUBLISHED["order.delivered.v1.json"].read_text())
    new["properties"]["note"] = {"type": "string", "default": ""}

    assert breaks(old, new) == []
