"""What a basket costs, in exact integers of minor units, with the options that may be chosen.

Prices are net. The service fee is a share of the subtotal; tax is on subtotal, delivery fee and service fee, not on the
tip. Each share is rounded once, half up.
"""

from collections.abc import Sequence
from uuid import UUID

from foodchassis import most_of
from foodevents import MenuItemUpdated, OptionGroup, RestaurantUpdated
from order_service.errors import (
    BasketTooExpensiveError,
    OptionCountError,
    OptionUnavailableError,
    RepeatedOptionError,
    UnknownOptionError,
)
from order_service.rules.admission import Menu
from order_service.schemas import Basket, BasketItem, ChosenOption, Line, PricedBasket


def share(amount: int, parts: int, of: int = 10_000) -> int:
    """Return `parts` of `of` parts of `amount`, rounded half up; none is negative."""
    return (amount * parts + of // 2) // of


def tax_on(amount: int, restaurant: RestaurantUpdated) -> int:
    """Return the tax on an amount, rounded half up."""
    if restaurant.tax_rate_ppm is None:
        return share(amount, restaurant.tax_rate_bp)
    return share(amount, restaurant.tax_rate_ppm, of=1_000_000)


def price(basket: Basket, menu: Menu) -> PricedBasket:
    """Price an admitted basket.

    Raises BasketTooExpensiveError, and what `chosen` raises for its options.
    """
    restaurant = menu.restaurant
    lines = [_line(wanted, menu) for wanted in basket.items]
    subtotal = sum(line.total for line in lines)
    service_fee = share(subtotal, restaurant.service_fee_bp)
    taxed = subtotal + restaurant.delivery_fee + service_fee
    tax = tax_on(taxed, restaurant)
    total = taxed + tax + basket.tip
    most = most_of(restaurant.currency)
    if total > most:
        raise BasketTooExpensiveError(f"One order in {restaurant.currency} may cost {most} at most, in minor units.")
    return PricedBasket(
        lines=lines,
        subtotal=subtotal,
        delivery_fee=restaurant.delivery_fee,
        service_fee=service_fee,
        tax=tax,
        tip=basket.tip,
        total=total,
        currency=restaurant.currency,
    )


def _line(wanted: BasketItem, menu: Menu) -> Line:
    item = menu.items[wanted.menu_item_id]
    options = chosen(item, wanted.option_ids)
    unit_price = item.price + sum(option.price for option in options)
    return Line(
        menu_item_id=item.item_id,
        name=item.name,
        quantity=wanted.quantity,
        options=options,
        note=wanted.note,
        unit_price=unit_price,
        total=unit_price * wanted.quantity,
    )


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
