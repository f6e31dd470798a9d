"""The declarative table and what runs from it."""

from enum import StrEnum
from types import SimpleNamespace

import pytest

from foodchassis import Guard, IllegalTransitionError, Machine, Step


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    LOCKED = "locked"
    GONE = "gone"


has_key = Guard("the caller has the key", lambda who: who.key)
DOOR = Machine(
    Door,
    Step(None, "build", Door.OPEN),
    Step(Door.OPEN, "shut", Door.SHUT, row="1"),
    Step(Door.SHUT, "lock", Door.LOCKED, by="owner", guard=has_key),
    Step((Door.SHUT, Door.OPEN), "demolish", Door.GONE),
    name="door",
)


def test_a_step_leads_on() -> None:
    assert DOOR.step(Door.OPEN, "shut").target is Door.SHUT
    assert DOOR.step(None, "build").target is Door.OPEN


def test_an_illegal_step_names_the_present_state() -> None:
    with pytest.raises(IllegalTransitionError, match="shut is not possible while door is locked"):
        DOOR.step(Door.LOCKED, "shut")


def test_a_guard_decides() -> None:
    assert DOOR.allows(Door.SHUT, "lock", SimpleNamespace(key=True))
    with pytest.raises(IllegalTransitionError, match="unless the caller has the key"):
        DOOR.step(Door.SHUT, "lock", SimpleNamespace(key=False))


def test_a_state_that_nothing_leaves_is_terminal() -> None:
    assert DOOR.terminal == {Door.LOCKED, Door.GONE}


def test_a_step_decided_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="decided twice"):
        Machine(Door, Step(Door.OPEN, "shut", Door.SHUT), Step(Door.OPEN, "shut", Door.GONE))


def test_the_table_can_be_drawn_and_listed() -> None:
    assert "open --> shut: shut" in DOOR.mermaid()
    assert "[*] --> open: build" in DOOR.mermaid()
    assert ("1", "open", "shut", "shut", "system", "", "") in list(DOOR.rows())
