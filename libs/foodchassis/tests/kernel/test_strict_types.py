"""The strict types of request bodies accept valid values and refuse similar ones."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import TypeAdapter, ValidationError

from foodchassis import Amount, Currency, Id, Schema, Text, Timestamp, new_id, now
from foodchassis.kernel import Latitude, Longitude, LongText


class Thing(Schema):
    """An object."""

    name: Text
    size: Amount = 0


def good(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Text, ""), (Text, "   "), (Text, "x" * 201), (LongText, "x" * 2001)],
    ids=["empty", "blank", "long", "very long"],
)
def test_text_has_its_length(kind: Any, text: str) -> None:
    with pytest.raises(ValidationError):
        good(kind, text)


@pytest.mark.parametrize(
    ("kind", "least", "most"), [(Latitude, -90.0, 90.0), (Longitude, -180.0, 180.0)], ids=["latitude", "longitude"]
)
def test_numbers_have_their_bounds(kind: Any, least: float, most: float) -> None:
    assert (good(kind, least), good(kind, most)) == (least, most)
    for beyond in (least - 1, most + 1):
        with pytest.raises(ValidationError):
            good(kind, beyond)


@pytest.mark.parametrize("code", ["eur", "EURO", "EU", "", "E1R"])
def test_a_currency_is_three_capital_letters(code: str) -> None:
    assert good(Currency, "EUR") == "EUR"
    with pytest.raises(ValidationError):
        good(Currency, code)


def test_a_time_needs_its_zone_and_is_kept_in_utc() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    assert good(Timestamp, noon).tzinfo is UTC
    assert good(Timestamp, "2026-01-01T12:00:00+02:00") == noon


@pytest.mark.parametrize("moment", [0.5, 1_700_000_000, True, "1767265200", "1.5", "2026-01-01", "12:00:00Z"])
def test_a_time_is_spelled_as_documents_say(moment: object) -> None:
    with pytest.raises(ValidationError):
        good(Timestamp, moment)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_utc_cannot_express_is_refused(moment: str) -> None:
    with pytest.raises(ValidationError):
        good(Timestamp, moment)


def test_an_id_is_read_from_json_and_from_python() -> None:
    known = uuid4()

    assert good(Id, str(known)) == good(Id, known) == known
    with pytest.raises(ValidationError):
        good(Id, "no id")


def test_new_ids_are_of_version_7_and_ordered_by_time() -> None:
    made = [new_id() for _ in range(100)]

    assert {one.version for one in made} == {7}
    assert made == sorted(made)
    assert all(type(one) is UUID for one in made)


def test_now_is_in_utc() -> None:
    assert now().tzinfo is UTC
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    "more", [{"more": 1}, {"name": 7}, {"size": "3"}, {"size": True}, {"size": 1.5}, {"name": None}]
)
def test_a_body_is_strict_and_takes_no_unknown_field(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Thing.model_validate({"name": "a", **more})


def test_responses_allow_additional_fields() -> None:
    assert Thing.model_json_schema(mode="validation")["additionalProperties"] is False
    assert "additionalProperties" not in Thing.model_json_schema(mode="serialization")
