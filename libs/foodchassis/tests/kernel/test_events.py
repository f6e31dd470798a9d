"""Events, their envelope, and what caused them."""

import asyncio
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from foodchassis import Event
from foodchassis.kernel import Envelope, current_cause
from foodchassis.kernel.events import caused_by


class DoorOpened(Event, type="door.opened.v2", subject="door_id"):
    door_id: UUID
    keeper_id: UUID
    angle: int = 90


class SlidingDoorOpened(DoorOpened):
    """An event without a type of its own is its base's."""


OPENED = DoorOpened(door_id=uuid4(), keeper_id=uuid4())


def test_a_routing_key_is_the_type_without_its_version() -> None:
    assert (DoorOpened.event_type, DoorOpened.routing_key) == ("door.opened.v2", "door.opened")
    assert SlidingDoorOpened.event_type == "door.opened.v2"


def test_an_event_knows_what_it_is_about_and_the_ids_in_it() -> None:
    assert OPENED.subject == OPENED.door_id
    assert OPENED.ids == {"door_id": str(OPENED.door_id), "keeper_id": str(OPENED.keeper_id)}


def test_an_event_of_a_later_release_is_read_without_what_is_new() -> None:
    later = {**OPENED.model_dump(mode="json"), "speed": 3}

    assert DoorOpened.model_validate(later) == OPENED


def test_an_event_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        OPENED.angle = 45  # type: ignore[misc]


def test_an_envelope_survives_its_journey() -> None:
    envelope = Envelope(
        source="/doors", type=DoorOpened.event_type, subject=OPENED.subject, sequence=1, correlationid="a",
        causationid="b", data=OPENED.model_dump(mode="json"),
    )  # fmt: skip

    read = Envelope.model_validate_json(envelope.model_dump_json(exclude_none=True))

    assert read == envelope
    assert read.specversion == "1.0"
    assert DoorOpened.model_validate(read.data) == OPENED


async def test_work_is_its_own_cause_unless_something_caused_it() -> None:
    async def causes(name: str | None) -> tuple[str, str]:
        if name:
            caused_by(name, f"{name}-last")
        await asyncio.sleep(0)
        return current_cause().correlation_id, current_cause().causation_id

    alone = current_cause()
    first, second, own = await asyncio.gather(
        *(asyncio.create_task(causes(name)) for name in ("first", "second", None))
    )

    assert alone.correlation_id == alone.causation_id
    assert (first, second) == (("first", "first-last"), ("second", "second-last"))
    assert not {*first, *second} & {*own}
