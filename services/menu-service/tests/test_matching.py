from uuid import UUID

import pytest

from menu_service.rules.matching import Key, matches

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
PRESENT = [Key(ONE, "a", "Soup"), Key(TWO, None, "Salad"), Key(THREE, "c", "Salad")]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([Key(TWO, "z", "Other")], [1]),
        ([Key(None, "a", "Other")], [0]),
        ([Key(None, None, "SALAD"), Key(None, None, "salad"), Key(None, None, "salad")], [1, 2, None]),
        # A name with another external id does not match; an entry without an external id adopts the new one.
        ([Key(None, "z", "Soup")], [None]),
        ([Key(None, "z", "Salad")], [1]),
        ([Key(None, "y", "Salad"), Key(None, "z", "Salad"), Key(None, None, "Salad")], [1, None, 2]),
        # In either order, the entry without an external id is matched by the new external id.
        ([Key(None, None, "Salad"), Key(None, "z", "Salad")], [2, 1]),
        # An id has priority over an external id, and an external id over a name.
        ([Key(None, None, "Soup"), Key(None, "a", "Soup")], [None, 0]),
        ([Key(None, "a", "Soup"), Key(ONE, None, "Soup")], [None, 0]),
        ([], []),
    ],
)
def test_an_entry_is_matched_by_id_external_id_or_name(wanted: list[Key], found: list[int | None]) -> None:
    assert matches(wanted, PRESENT) == found


def test_a_name_matches_the_first_entry_without_another_external_id() -> None:
    assert matches([Key(None, "z", "Salad")], PRESENT[::-1]) == [1]


def test_an_unknown_id_is_refused() -> None:
    with pytest.raises(LookupError, match=str(UUID(int=9))):
        matches([Key(UUID(int=9), None, "Soup")], PRESENT)
