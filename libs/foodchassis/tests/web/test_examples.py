"""Examples are composed of the examples of fields."""

from typing import Any

import pytest

from foodchassis.web.examples import Composer, NoExampleError, add

ID = {"type": "string", "format": "uuid"}
SCHEMAS: dict[str, Any] = {
    "CupPublic": {"type": "object", "properties": {"id": ID, "size": {"type": "integer", "examples": [3]}}},
    "TrayPublic": {
        "type": "object",
        "properties": {
            "id": ID,
            "cup_id": ID,
            "cups": {"type": "array", "items": {"$ref": "#/components/schemas/CupPublic"}},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "kind": {"enum": ["wood", "steel"]},
            "at": {"type": "string", "format": "date-time"},
            "clean": {"type": "boolean"},
        },
    },
    "Bare": {"type": "object", "properties": {"text": {"type": "string"}}},
}


def composed(name: str, *, writes: bool = False) -> Any:
    return Composer(SCHEMAS).compose({"$ref": f"#/components/schemas/{name}"}, writes=writes)


def test_an_example_has_every_field() -> None:
    tray = composed("TrayPublic")

    assert tray.keys() == SCHEMAS["TrayPublic"]["properties"].keys()
    assert (tray["kind"], tray["note"], tray["clean"], tray["at"]) == ("wood", None, False, "2026-05-08T18:30:00Z")
    assert tray["cups"] == [composed("CupPublic")]


def test_an_object_has_the_same_id_in_all_examples() -> None:
    tray = composed("TrayPublic")

    assert tray["cup_id"] == tray["cups"][0]["id"] != tray["id"]


def test_examples_of_requests_omit_null() -> None:
    assert "note" not in composed("TrayPublic", writes=True)


def test_a_text_without_an_example_raises() -> None:
    with pytest.raises(NoExampleError, match=r"Bare\.text"):
        composed("Bare")


def test_a_document_without_examples_is_served() -> None:
    content = {"schema": {"$ref": "#/components/schemas/Bare"}}
    operation = {"responses": {"200": {"content": {"application/json": content}}}}
    add({"paths": {"/bare": {"get": operation}}, "components": {"schemas": SCHEMAS}})

    assert "example" not in content
