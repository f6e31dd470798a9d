"""Events, their envelope and their cause."""

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
    """An event without a type of its own has the type of its base."""


OPENED = DoorOpened(door_id=uuid4(), keeper_id=uuid4())


def test_a_routing_key_is_the_type_without_its_version() -> None:
    assert (DoorOpened.event_type, DoorOpened.routing_key) == ("door.opened.v2", "door.opened")
    assert SlidingDoorOpened.event_type == "door.opened.v2"


def test_an_event_has_a_subject_and_ids() -> None:
    assert OPENED.subject == OPENED.door_id
    assert OPENED.ids == {"door_id": str(OPENED.door_id), "keeper_id": str(OPENED.keeper_id)}


def test_unknown_fields_of_a_later_release_are_ignored() -> None:
    later = {**OPENED.model_dump(mode="json"), "speed": 3}

    assert DoorOpened.model_validate(later) == OPENED


def test_an_event_is_immutable() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        OPENED.angle = 45  # type: ignore[misc]


def test_an_envelope_is_serialised_and_read_back() -> None:
    envelope = Envelope(
        source="/doors", type=DoorOpened.event_type, subject=OPENED.subject, sequence=1, correlationid="a",
        causationid="b", data=OPENED.model_dump(mode="json"),
    )  # fmt: skip

    read = Envelope.model_validate_json(envelope.model_dump_json(exclude_none=True))

    assert read == envelope
    assert read.specversion == "1.0"
    assert DoorOpened.model_validate(read.data) == OPENED


async def test_work_without_a_cause_is_its_own_cause() -> None:
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
