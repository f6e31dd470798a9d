"""Which options a dish offers after a change: ids stay when the client sends them back, else are made here."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from foodchassis import new_id
from menu_service.errors import UnknownOptionError
from menu_service.schemas import OptionGroupWrite


def settle(wanted: Iterable[OptionGroupWrite], present: Sequence[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """Return the option groups to store: those wanted, each with an id.

    Raises UnknownOptionError for an id that `present`, the dish's groups until now, doesn't have.
    """
    known = set(_ids(present))
    groups = [group.model_dump(mode="json") for group in wanted]
    for thing in (*groups, *(option for group in groups for option in group["options"])):
        if thing["id"] is None:
            thing["id"] = str(new_id())
        elif thing["id"] not in known:
            raise UnknownOptionError(
                f"The dish has no group or option {UUID(thing['id'])}; leave out the id of a new one."
            )
    return groups


def _ids(groups: Sequence[dict[str, Any]]) -> Iterator[str]:
    for group in groups:
        yield group["id"]
        for option in group["options"]:
            yield option["id"]
