"""Matches wanted objects with present ones: by id, otherwise by external id, otherwise by name."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID


class Key(NamedTuple):
    """The keys by which a section, dish, group or option is matched."""

    id: UUID | None
    external_id: str | None
    name: str


Word = Callable[[Key], str | None]


def matches(wanted: Iterable[Key], present: Sequence[Key]) -> list[int | None]:
    """Return for each of `wanted` the index of its match in `present`, or None for a new one.

    Each is matched at most once, and a name does not match one with another external id. Raises LookupError with the
    first unknown id.
    """
    wanted = list(wanted)
    places = {key.id: place for place, key in enumerate(present)}
    found = [None if key.id is None else places.get(key.id, -1) for key in wanted]
    if -1 in found:
        raise LookupError(wanted[found.index(-1)].id)
    for step in ((_external_id, _external_id), (_name_beside_id, _name_alone), (_name_alone, _name)):
        _find(wanted, present, found, *step)
    return found


def _external_id(key: Key) -> str | None:
    return key.external_id


def _name(key: Key) -> str | None:
    return key.name.casefold()


def _name_alone(key: Key) -> str | None:
    return None if key.external_id else _name(key)


def _name_beside_id(key: Key) -> str | None:
    return _name(key) if key.external_id else None


def _find(
    wanted: Sequence[Key], present: Sequence[Key], found: list[int | None], of_wanted: Word, of_present: Word
) -> None:
    """Match unmatched objects whose key `of_wanted` equals the key `of_present` of a present one."""
    taken = set(found)
    free = defaultdict[str | None, deque[int]](deque)
    for place, key in enumerate(present):
        if place not in taken:
            free[of_present(key)].append(place)
    free[None].clear()
    for index, key in enumerate(wanted):
        if found[index] is None and (alike := free[of_wanted(key)]):
            found[index] = alike.popleft()
