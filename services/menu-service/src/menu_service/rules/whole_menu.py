"""Plans the replacement of a whole menu: new, changed and removed sections and dishes, and their positions."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from foodchassis import new_id
from menu_service.errors import UnknownItemError, UnknownSectionError
from menu_service.models import MenuItem
from menu_service.rules.matching import Key, matches
from menu_service.rules.options import recognised, settle
from menu_service.schemas import ItemWrite, MenuWrite, SectionWrite

# Positions have gaps, so that an additional dish does not move those after it.
GAP = 100
Section = dict[str, Any]


@dataclass(frozen=True)
class PlannedDish:
    """A dish of the new menu: its current row, if any, its new values, and the changed fields."""

    id: UUID
    row: MenuItem | None
    values: dict[str, Any]
    fields: list[str]


@dataclass(frozen=True)
class Plan:
    """The plan of a new menu."""

    sections: list[Section]
    dishes: list[PlannedDish]
    removed: list[MenuItem]


def plan(wanted: MenuWrite, sections: Sequence[Section], dishes: Sequence[MenuItem]) -> Plan:
    """Return the plan for `wanted`, without changing the present sections and dishes.

    Raises UnknownSectionError, UnknownItemError or UnknownOptionError for an unknown id.
    """
    keys = [Key(dish.id, dish.external_id, dish.name) for dish in dishes]
    try:
        found = matches((Key(dish.id, dish.external_id, dish.name) for dish in wanted.dishes), keys)
    except LookupError as error:
        raise UnknownItemError(f"The menu has no dish {error}; omit the id of a new one.") from None
    rows = [None if place is None else dishes[place] for place in found]
    planned = _sections(wanted.sections, sections)
    shown_in: list[UUID | None] = [None] * len(wanted.items)
    for section, new in zip(wanted.sections, planned, strict=True):
        shown_in += [UUID(new["id"])] * len(section.items)
    lines = zip(wanted.dishes, rows, shown_in, _positions(rows), strict=True)
    kept = {place for place in found if place is not None}
    gone = [dish for place, dish in enumerate(dishes) if place not in kept]
    return Plan(planned, [_dish(*line) for line in lines], gone)


def _sections(wanted: Sequence[SectionWrite], present: Sequence[Section]) -> list[Section]:
    keys = [Key(UUID(one["id"]), one.get("external_id"), one["name"]) for one in present]
    try:
        found = matches((Key(one.id, one.external_id, one.name) for one in wanted), keys)
    except LookupError as error:
        raise UnknownSectionError(f"The menu has no section {error}; omit the id of a new one.") from None
    ids = [new_id() if place is None else keys[place].id for place in found]
    return [
        {**one.model_dump(mode="json", exclude={"items"}), "id": str(known)}
        for one, known in zip(wanted, ids, strict=True)
    ]


def _positions(rows: Sequence[MenuItem | None]) -> list[int]:
    """Return the positions of the dishes: as many as possible keep theirs, and the others are placed between them."""
    present = _in_order([None if row is None else row.position for row in rows])
    following: list[int | None] = []
    for position in reversed(present):
        following.append(position if position is not None else (following[-1] if following else None))
    positions: list[int] = []
    last = -1
    for position, following_one in zip(present, reversed(following), strict=True):
        if position is not None and position > last:
            last = position
        elif following_one is None or following_one <= last:
            last += GAP if following_one is None else 1
        else:
            last = max(last + 1, (last + following_one) // 2)
        positions.append(last)
    return positions


def _in_order(positions: Sequence[int | None]) -> list[int | None]:
    """Return the positions with None for those outside a longest increasing subsequence."""
    ends: list[int] = []
    lowest: list[int] = []
    before: dict[int, int | None] = {}
    for place, position in enumerate(positions):
        if position is not None:
            length = bisect_left(lowest, position)
            before[place] = ends[length - 1] if length else None
            ends[length : length + 1], lowest[length : length + 1] = [place], [position]
    kept: list[int | None] = [None] * len(positions)
    last = ends[-1] if ends else None
    while last is not None:
        kept[last], last = positions[last], before[last]
    return kept


def _dish(wanted: ItemWrite, row: MenuItem | None, section_id: UUID | None, position: int) -> PlannedDish:
    present = [] if row is None else row.option_groups
    available = wanted.available if wanted.available is not None else row is None or row.available
    values = {
        **wanted.model_dump(exclude={"id", "option_groups"}),
        "available": available,
        "option_groups": settle(recognised(wanted.option_groups, present), present),
        "section_id": section_id,
        "position": position,
    }
    if row is None:
        return PlannedDish(new_id(), None, values, [])
    fields = [name for name, value in values.items() if getattr(row, name) != value]
    return PlannedDish(row.id, row, values, fields)
