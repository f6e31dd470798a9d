"""A consumer that has messages and finishes none is stalled."""

import time

import pytest

from foodchassis.messaging.progress import Progress


@pytest.fixture
def late() -> Progress:
    """A consumer that finished its last message a minute ago."""
    return Progress(moved_at=time.monotonic() - 60)


def test_waiting_messages_without_progress_are_a_stall(late: Progress) -> None:
    assert late.is_stalled(ready=1, seconds=59)
    assert not late.is_stalled(ready=1, seconds=61)


def test_a_message_in_progress_for_too_long_is_a_stall(late: Progress) -> None:
    with late.message():
        late.moved_at -= 60
        assert late.in_progress == 1
        assert late.is_stalled(ready=0, seconds=59)


def test_an_idle_consumer_is_not_stalled(late: Progress) -> None:
    assert not late.is_stalled(ready=0, seconds=1)
    assert time.monotonic() - late.moved_at < 30


def test_a_finished_message_is_progress(late: Progress) -> None:
    with late.message():
        pass

    assert late.in_progress == 0
    assert not late.is_stalled(ready=1, seconds=30)


def test_a_failed_message_is_not_progress(late: Progress) -> None:
    with pytest.raises(OSError, match="gone"), late.message():
        raise OSError("gone")

    assert late.in_progress == 0
    assert late.is_stalled(ready=1, seconds=59)
