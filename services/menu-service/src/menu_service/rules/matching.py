"""Which thing that is there a written one means: by its id, else by its external id, else by its name."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID


class Key(NamedTuple):
    """What a section, dish, group or option is found by."""

    id: UUID | None
    external_id: str | None
    name: str


def matches(wanted: Iterable[Key], present: Sequence[Key]) -> list[int | None]:
    """Return, for each of `wanted`, the place of the one of `present` that it means, or None for a new one.

    Each is meant once, and a name means none whose external id is another. Raises LookupError with the first id that is
    not there.
    """
    wanted = list(wanted)
    places = {key.id: place for place, key in enumerate(present)}
    found = [None if key.id is None else places.get(key.id, -1) for key in wanted]
    if -1 in found:
        raise LookupError(wanted[found.index(-1)].id)
    for word in (_external_id, _name):
        _find(wanted, present, found, word)
    return found


def _external_id(key: Key) -> str | None:
    return key.external_id


def _name(key: Key) -> str | None:
    return key.name.casefold()


def _find(
    wanted: Sequence[Key], present: Sequence[Key], found: list[int | None], word: Callable[[Key], str | None]
) -> None:
    """Find what has no place yet by its `word`, the first of those that share it."""
    taken = set(found)
    free: dict[str | None, list[int]] = {None: []}
    for place, key in enumerate(present):
        if place not in taken and word(key) is not None:
            free.setdefault(word(key), []).append(place)
    for index, key in enumerate(wanted):
        alike = free.get(word(key), []) if found[index] is None else []
        for place in alike:
            if key.external_id is None or present[place].external_id in {None, key.external_id}:
                found[index] = place
                alike.remove(place)
                break
