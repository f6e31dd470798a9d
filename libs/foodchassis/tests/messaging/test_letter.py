"""A letter says what it is, whatever stands in it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from foodchassis.kernel import Envelope
from foodchassis.messaging.letter import Letter

MOMENT = datetime(2026, 5, 8, tzinfo=UTC)


def read(body: bytes = b"{}", message_id: str | None = None, timestamp: Any = None, **headers: Any) -> Letter:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    message: Any = SimpleNamespace(body=body, message_id=message_id, headers=named, timestamp=timestamp)
    return Letter.read("notes", message)


def test_the_id_is_that_of_its_message() -> None:
    known = uuid4()

    assert read(message_id=str(known)).id == known


def test_one_without_an_id_is_known_by_what_stands_in_it() -> None:
    assert isinstance(read().id, UUID)
    assert read(b"one").id == read(b"one").id
    assert len({read(b"one").id, read(b"two").id, read(b"one", "no id").id, read(b"one", "another").id}) == 4


def test_what_the_service_parked_says_why_and_when() -> None:
    letter = read(x_queue="notes.note.written", x_reason="ValueError: empty", x_attempt=5, timestamp=MOMENT)

    assert (letter.reason, letter.attempts, letter.parked_at) == ("ValueError: empty", 5, MOMENT)
    assert letter.origin == "notes.note.written"


def test_what_the_broker_gave_up_says_why_and_when() -> None:
    waited = {"queue": "food.retry.notes.100ms", "reason": "expired"}
    death = {"queue": "notes.note.written", "reason": "delivery_limit", "time": MOMENT}
    letter = read(x_death=[waited, death])

    assert (letter.reason, letter.attempts) == ("given up by RabbitMQ: delivery_limit", 1)
    assert (letter.parked_at, letter.origin) == (MOMENT, "notes.note.written")


@pytest.mark.parametrize("queue", [None, "payments.note.written", "notes.dead", "notes", 7, b"\xff"])
def test_a_queue_that_is_not_its_services_own_is_not_where_it_comes_from(queue: Any) -> None:
    assert read(x_queue=queue).origin is None


@pytest.mark.parametrize("number", ["many", None, True, False, 1.5])
def test_strange_headers_are_read_all_the_same(number: Any) -> None:
    letter = read(x_reason=b"\xff", x_attempt=number, x_death="none", x_delivery_count=number, traceparent=1)

    assert (letter.reason, letter.traceparent) == ("\\xff", "1")
    assert (str(letter.attempts), str(letter.deliveries)) == ("1", "0")


def test_the_id_of_its_event_is_known_when_it_is_one(delivered: Envelope) -> None:
    assert read(delivered.model_dump_json().encode()).event_id == delivered.id
    assert read(b"[" * 100_000).event_id is None


def test_a_message_that_was_never_tried_has_no_header_of_ours() -> None:
    letter = read(x_reason="why", x_delivery_count=3, traceparent="00-1-1-01")

    assert letter.fresh_headers == {"traceparent": "00-1-1-01"}
    assert letter.kept_headers == {"x-reason": "why", "traceparent": "00-1-1-01"}
