"""The changes of a page since it was last sent: single fragments, and ordered lists of fragments."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

# By element id: its HTML, or for a list the HTML of each child by id.
View = Mapping[str, str | Mapping[str, str]]


class Places(dict[str, str]):
    """The positions of elements of the drawing `within`, as `x y`: they move without being drawn again."""

    def __init__(self, places: Mapping[str, str], *, within: str) -> None:
        super().__init__(places)
        self.within = within


class Change(NamedTuple):
    """One change of a page: `replace`, `remove`, `move` or `fill` the element `id`, or insert HTML `first` or `after`.

    `first` inserts HTML as the first child of the element, `after` behind it; for `move` the HTML is the position.
    """

    do: str
    id: str
    html: str = ""


def changes(before: View | None, after: View) -> Iterator[Change]:
    """Yield the changes from one view to the next, or all of it without a previous view.

    Removals from lists come first: the element may have moved to another list.
    """
    if before is not None:
        yield from _gone(before, after)
    for name, part in after.items():
        known = before.get(name) if before is not None else None
        if isinstance(part, Places):
            drawn = before is None or before.get(part.within) != after.get(part.within)
            at = known if isinstance(known, Mapping) and not drawn else {}
            yield from (Change("move", key, place) for key, place in part.items() if at.get(key) != place)
        elif isinstance(part, str):
            if part != known:
                yield Change("replace", name, part)
        elif isinstance(known, Mapping):
            yield from _moved(name, known, part)
        else:
            yield Change("fill", name, "".join(part.values()))


def _gone(before: View, after: View) -> Iterator[Change]:
    for name, part in before.items():
        present = after.get(name)
        if isinstance(part, Mapping) and isinstance(present, Mapping) and not isinstance(part, Places):
            yield from (Change("remove", key) for key in part if key not in present)


def _moved(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    previous = None
    for key, html in after.items():
        if key not in before:
            yield Change("first", name, html) if previous is None else Change("after", previous, html)
        elif before[key] != html:
            yield Change("replace", key, html)
        previous = key
