import pytest

from foodlab.chaos.counters import Counters, count
from foodlab.chaos.load import Attempt

Stored = list[tuple[str, str, str]]


def told(marker: str, order: str | None = None, refusal: str | None = None) -> Attempt:
    return Attempt(marker, "key", order, refusal)


def test_an_acknowledged_order_that_is_stored_is_ok() -> None:
    found = count(
        [told("Door 1", "a"), told("Door 2", "b")], [("Door 1", "a", "delivered"), ("Door 2", "b", "cancelled")]
    )

    assert (found.attempted, found.acknowledged, found.ok) == (2, 2, 2)
    assert found.endings == {"delivered": 1, "cancelled": 1}
    assert found.violations == {}


def test_an_unacknowledged_order_is_recovered_or_indeterminate() -> None:
    found = count([told("Door 1"), told("Door 2")], [("Door 1", "a", "delivered")])

    assert (found.recovered, found.indeterminate, found.acknowledged) == (1, 1, 0)
    assert found.violations == {}


@pytest.mark.parametrize(
    ("attempts", "stored", "kind"),
    [
        ([told("Door 1", "a")], [], "lost"),
        ([told("Door 1", "a")], [("Door 1", "b", "delivered")], "lost"),
        ([told("Door 1", "a")], [("Door 1", "a", "delivered"), ("Door 1", "b", "delivered")], "duplicated"),
        ([told("Door 1")], [("Door 1", "a", "delivered"), ("Door 1", "b", "delivered")], "duplicated"),
        ([], [("Door 1", "a", "delivered")], "unexpected"),
        ([told("Door 1", "a")], [("Door 1", "a", "paid")], "unfinished"),
        ([told("Door 1", refusal="422 wrong")], [], "refused"),
    ],
)
def test_a_violation_has_an_example(attempts: list[Attempt], stored: Stored, kind: str) -> None:
    found = count(attempts, stored)

    assert found.violations == {kind: 1}
    assert found.examples[0].startswith(f"{kind}: ")


def test_a_count_begins_without_violations() -> None:
    assert Counters().violations == {}
