from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

from foodchassis import Event, new_id
from foodchassis.kernel import Announcement, Decision, Effect, Policy, Timer

SOON, LATE = timedelta(seconds=1), timedelta(hours=1)
SUBJECT = new_id()
A, B, C, D = (Timer(name, SUBJECT) for name in "abcd")


@dataclass(frozen=True)
class Timeouts(Policy):
    answer_seconds: float
    attempts: int


def announcement(sequence: int) -> Announcement:
    return Announcement(Event(), sequence)


def effect(key: str) -> Effect:
    return Effect(key, "ask", SUBJECT, {})


def test_a_policy_takes_its_numbers_from_the_settings_by_name() -> None:
    settings = SimpleNamespace(answer_seconds=2.5, attempts=3, unrelated="ignored")

    assert Timeouts.of(settings) == Timeouts(answer_seconds=2.5, attempts=3)


def test_a_following_decision_is_added() -> None:
    one, two = announcement(1), announcement(2)
    first = Decision("before", ("begun",), (one,), effects=(effect("1"),))
    second = Decision("after", ("ended",), (two,), effects=(effect("2"),))

    assert first.then(second) == Decision("after", ("begun", "ended"), (one, two), effects=(effect("1"), effect("2")))


def test_a_following_decision_stops_and_restarts_timers() -> None:
    first = Decision(1, started={A: SOON, B: SOON}, stopped=frozenset({C, D}))
    second = Decision(2, started={B: LATE, C: LATE}, stopped=frozenset({A}))

    assert first.then(second) == Decision(2, started={B: LATE, C: LATE}, stopped=frozenset({A, D}))


def test_a_following_decision_keeps_other_timers() -> None:
    first = Decision(1, started={A: SOON}, stopped=frozenset({B}))

    assert first.then(Decision(2)) == Decision(2, started={A: SOON}, stopped=frozenset({B}))
    assert Decision(1).then(Decision(2, started={A: SOON}, stopped=frozenset({B}))) == Decision(
        2, started={A: SOON}, stopped=frozenset({B})
    )
