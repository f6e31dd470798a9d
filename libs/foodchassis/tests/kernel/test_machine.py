"""The declarative table and the functions that use it."""

from enum import StrEnum
from types import SimpleNamespace

import pytest

from foodchassis.kernel import Guard, IllegalTransitionError, Machine, Step


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    LOCKED = "locked"
    GONE = "gone"


class Shut:
    """An event of this machine."""

    routing_key = "door.shut"


has_key = Guard("the caller has the key", lambda who: who.key)
has_tool = Guard("the caller has a tool", lambda who: who.tool)
DOOR = Machine(
    Door,
    Step(None, "build", Door.OPEN),
    Step(Door.OPEN, "shut", Door.SHUT, emits=Shut, row="1"),
    Step(Door.SHUT, "lock", Door.LOCKED, by="owner", guard=has_key),
    Step(Door.SHUT, "lock", Door.GONE, guard=has_tool),
    Step((Door.SHUT, Door.OPEN), "demolish", Door.GONE),
    Step(Door.LOCKED, "knock", Door.LOCKED),
    name="door",
)


def who(*, key: bool = False, tool: bool = False) -> SimpleNamespace:
    return SimpleNamespace(key=key, tool=tool)


def test_a_step_has_its_target() -> None:
    assert DOOR.step(Door.OPEN, "shut").target is Door.SHUT
    assert DOOR.step(None, "build").target is Door.OPEN
    assert DOOR.step(Door.SHUT, "demolish") is DOOR.step(Door.OPEN, "demolish")


def test_an_illegal_step_names_the_current_state() -> None:
    with pytest.raises(IllegalTransitionError) as refusal:
        DOOR.step(Door.LOCKED, "shut")

    assert refusal.value.detail == "shut is not possible while door is locked."


def test_the_first_step_whose_guard_holds_is_taken() -> None:
    assert DOOR.step(Door.SHUT, "lock", who(key=True, tool=True)).target is Door.LOCKED
    assert DOOR.step(Door.SHUT, "lock", who(tool=True)).target is Door.GONE


def test_a_step_that_no_guard_allows_names_all_guards() -> None:
    with pytest.raises(IllegalTransitionError) as refusal:
        DOOR.step(Door.SHUT, "lock", who())

    assert refusal.value.detail == (
        "lock is not possible while door is shut unless the caller has the key; the caller has a tool."
    )


def test_a_step_is_allowed_when_one_of_its_guards_holds() -> None:
    assert DOOR.allows(Door.OPEN, "shut")
    assert DOOR.allows(None, "build")
    assert DOOR.allows(Door.SHUT, "lock", who(tool=True))
    assert not DOOR.allows(Door.SHUT, "lock", who())
    assert not DOOR.allows(Door.LOCKED, "shut")
    assert not DOOR.allows(Door.OPEN, "no such trigger")


def test_a_state_without_a_step_to_another_is_terminal() -> None:
    assert DOOR.terminal == {Door.LOCKED, Door.GONE}


def test_the_triggers_come_once_and_in_the_order_of_the_table() -> None:
    assert DOOR.triggers == ("build", "shut", "lock", "demolish", "knock")


def test_two_steps_for_one_state_and_trigger_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^door: open on shut is decided twice$"):
        Machine(Door, Step(Door.OPEN, "shut", Door.SHUT), Step(Door.OPEN, "shut", Door.GONE), name="door")


def test_a_step_with_a_guard_may_come_before_one_without_and_not_after() -> None:
    guarded, other = Step(Door.SHUT, "lock", Door.LOCKED, guard=has_key), Step(Door.SHUT, "lock", Door.GONE)

    assert Machine(Door, guarded, other).step(Door.SHUT, "lock", who()) is other
    with pytest.raises(ValueError, match="decided twice"):
        Machine(Door, guarded, other, guarded)


def test_a_machine_is_named_like_its_states_unless_it_has_a_name() -> None:
    assert (Machine(Door).name, Machine(Door, name="gate").name) == ("Door", "gate")
    assert Machine(Door).states is Door


def test_the_table_is_listed_for_the_documentation() -> None:
    assert list(DOOR.rows()) == [
        ("", "–", "open", "build", "system", "", ""),  # noqa: RUF001 - an en dash means "nothing yet"
        ("1", "open", "shut", "shut", "system", "", "door.shut"),
        ("", "shut", "locked", "lock", "owner", "the caller has the key", ""),
        ("", "shut", "gone", "lock", "system", "the caller has a tool", ""),
        ("", "shut, open", "gone", "demolish", "system", "", ""),
        ("", "locked", "locked", "knock", "system", "", ""),
    ]


def test_the_machine_is_drawn_with_one_arrow_for_each_pair_of_states() -> None:
    assert DOOR.mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> open: build",
        "    open --> shut: shut",
        "    shut --> locked: lock",
        "    shut --> gone: lock, demolish",
        "    open --> gone: demolish",
        "    locked --> locked: knock",
        "    locked --> [*]",
        "    gone --> [*]",
    ]
