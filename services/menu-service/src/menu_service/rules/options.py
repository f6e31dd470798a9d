"""The options of a dish after a change: ids that the client sends are kept, others are created."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from foodchassis import new_id
from menu_service.errors import UnknownOptionError
from menu_service.rules.matching import Key, matches
from menu_service.schemas import OptionGroupWrite, OptionWrite

NEW = {"max_quantity": 1, "external_id": None}
Groups = Sequence[dict[str, Any]]
Written = TypeVar("Written", OptionGroupWrite, OptionWrite)


def settle(wanted: Iterable[OptionGroupWrite], present: Groups = ()) -> list[dict[str, Any]]:
    """Return the option groups to store, each with an id.

    Raises UnknownOptionError for an id that `present`, the dish's groups until now, doesn't have.
    """
    known = {thing["id"]: thing for thing in _things(present)}
    groups = [_stored(group) for group in wanted]
    for thing in _things(groups):
        if thing["id"] is None:
            thing["id"] = str(new_id())
        elif thing["id"] not in known:
            raise UnknownOptionError(f"The dish has no group or option {UUID(thing['id'])}; omit the id of a new one.")
        if "available" in thing and thing["available"] is None:
            thing["available"] = known.get(thing["id"], {}).get("available", True)
    return groups


def _stored(group: OptionGroupWrite) -> dict[str, Any]:
    """Return a group in its stored form, without default values, which the previous release does not have."""
    stored = group.model_dump(mode="json")
    for thing in (stored, *stored["options"]):
        for name, usual in NEW.items():
            if thing.get(name) == usual:
                thing.pop(name, None)
    return stored


def recognised(wanted: Sequence[OptionGroupWrite], present: Groups) -> list[OptionGroupWrite]:
    """Return the wanted groups with the ids of their matches in `present`."""
    named = {str(one) for group in wanted for one in (group.id, *(option.id for option in group.options))}
    groups = _with_ids(wanted, present, named)
    options = {group["id"]: group["options"] for group in present}
    return [
        group.model_copy(update={"options": _with_ids(group.options, options.get(str(group.id), ()), named)})
        for group in groups
    ]


def _with_ids(wanted: Sequence[Written], present: Groups, named: set[str]) -> list[Written]:
    nameless = [one for one in wanted if one.id is None]
    free = [one for one in present if one["id"] not in named]
    keys = [Key(UUID(one["id"]), one.get("external_id"), one["name"]) for one in free]
    found = iter(matches((Key(None, one.external_id, one.name) for one in nameless), keys))
    return [one if one.id is not None else _with_id(one, keys, next(found)) for one in wanted]


def _with_id(one: Written, present: Sequence[Key], place: int | None) -> Written:
    return one if place is None else one.model_copy(update={"id": present[place].id})


def _things(groups: Groups) -> Iterator[dict[str, Any]]:
    for group in groups:
        yield group
        yield from group["options"]
