"""A dead letter is read with any content and headers."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from foodchassis.kernel import Envelope
from foodchassis.messaging.dead_letter import DeadLetter

MOMENT = datetime(2026, 5, 8, tzinfo=UTC)


def read(body: bytes = b"{}", message_id: str | None = None, timestamp: Any = None, **headers: Any) -> DeadLetter:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    message: Any = SimpleNamespace(body=body, message_id=message_id, headers=named, timestamp=timestamp)
    return DeadLetter.read("notes", message)


def test_the_id_is_that_of_its_message() -> None:
    known = uuid4()

    assert read(message_id=str(known)).id == known


def test_a_message_without_an_id_gets_one_from_its_content() -> None:
    assert isinstance(read().id, UUID)
    assert read(b"one").id == read(b"one").id
    assert len({read(b"one").id, read(b"two").id, read(b"one", "no id").id, read(b"one", "another").id}) == 4


def test_a_message_parked_by_the_service_has_reason_and_time() -> None:
    dead_letter = read(x_queue="notes.note.written", x_reason="ValueError: empty", x_attempt=5, timestamp=MOMENT)

    assert (dead_letter.reason, dead_letter.attempts, dead_letter.parked_at) == ("ValueError: empty", 5, MOMENT)
    assert dead_letter.origin == "notes.note.written"


def test_a_message_dropped_by_the_broker_has_reason_and_time() -> None:
    waited = {"queue": "food.retry.notes.100ms", "reason": "expired"}
    death = {"queue": "notes.note.written", "reason": "delivery_limit", "time": MOMENT}
    dead_letter = read(x_death=[waited, death])

    assert (dead_letter.reason, dead_letter.attempts) == ("given up by RabbitMQ: delivery_limit", 1)
    assert (dead_letter.parked_at, dead_letter.origin) == (MOMENT, "notes.note.written")


@pytest.mark.parametrize("queue", [None, "payments.note.written", "notes.dead", "notes", 7, b"\xff"])
def test_a_queue_of_another_service_is_not_its_origin(queue: Any) -> None:
    assert read(x_queue=queue).origin is None


@pytest.mark.parametrize("number", ["many", None, True, False, 1.5])
def test_invalid_headers_are_ignored(number: Any) -> None:
    dead_letter = read(x_reason=b"\xff", x_attempt=number, x_death="none", traceparent=1)

    assert (dead_letter.reason, dead_letter.traceparent) == ("\\xff", "1")
    assert str(dead_letter.attempts) == "1"


def test_the_event_id_is_read_from_an_event(delivered: Envelope) -> None:
    assert read(delivered.model_dump_json().encode()).event_id == delivered.id
    assert read(b"[" * 100_000).event_id is None


def test_headers_of_attempts_are_removed() -> None:
    dead_letter = read(x_reason="why", x_delivery_count=3, traceparent="00-1-1-01")

    assert dead_letter.fresh_headers == {"traceparent": "00-1-1-01"}
