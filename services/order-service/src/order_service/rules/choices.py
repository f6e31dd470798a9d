"""Which options may be chosen with a dish."""

from collections.abc import Sequence
from uuid import UUID

from foodevents import MenuItemUpdated, OptionGroup
from order_service.errors import OptionCountError, OptionUnavailableError, RepeatedOptionError, UnknownOptionError
from order_service.schemas import ChosenOption


def chosen(item: MenuItemUpdated, option_ids: Sequence[UUID]) -> list[ChosenOption]:
    """Return the options of `item` that `option_ids` name, in the menu's order.

    Raises UnknownOptionError, RepeatedOptionError, OptionUnavailableError or OptionCountError.
    """
    wanted = set(option_ids)
    if len(wanted) < len(option_ids):
        raise RepeatedOptionError(f"Choose each option of {item.name} once.", menu_item_id=str(item.item_id))
    unknown = wanted - {option.id for group in item.option_groups for option in group.options}
    if unknown:
        raise UnknownOptionError(
            f"{item.name} has no such option.", menu_item_id=str(item.item_id), option_ids=sorted(map(str, unknown))
        )
    return [option for group in item.option_groups for option in _of_group(item, group, wanted)]


def _of_group(item: MenuItemUpdated, group: OptionGroup, wanted: set[UUID]) -> list[ChosenOption]:
    picked = [option for option in group.options if option.id in wanted]
    for option in picked:
        if not option.available:
            raise OptionUnavailableError(f"{option.name} is sold out.", option_id=str(option.id))
    if not group.min <= len(picked) <= group.max:
        raise OptionCountError(
            f"Choose {group.min} to {group.max} of {group.name} for {item.name}.",
            menu_item_id=str(item.item_id),
            option_group_id=str(group.id),
        )
    return [ChosenOption(id=option.id, name=option.name, price=option.price) for option in picked]
