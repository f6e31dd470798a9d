"""The price of a basket in minor units, and its chosen options.

The service fee is a share of the subtotal, rounded half up. Tax applies to subtotal, delivery fee and service fee,
not to the tip; the restaurant determines whether it is added or included in the prices. The parts always add up to
the total.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from foodchassis.kernel import most_of, share
from foodevents import MenuItemUpdated, OptionGroup
from order_service.errors import (
    BasketTooExpensiveError,
    OptionCountError,
    OptionUnavailableError,
    RepeatedOptionError,
    UnknownOptionError,
)
from order_service.rules.admission import Menu
from order_service.rules.taxes import taxes
from order_service.schemas import Basket, BasketItem, ChosenOption, Line, PricedBasket


def price(basket: Basket, menu: Menu) -> PricedBasket:
    """Return the price of an admitted basket. Raises BasketTooExpensiveError, and the errors of `chosen`."""
    restaurant = menu.restaurant
    lines = [_line(wanted, menu) for wanted in basket.items]
    subtotal = sum(line.total for line in lines)
    service_fee = share(subtotal, restaurant.service_fee_bp, 10_000)
    included = restaurant.prices_include_tax
    food = ((line.total, line.tax_rate_ppm or 0) for line in lines)
    fees = restaurant.delivery_fee + service_fee, restaurant.tax_ppm_of("fees")
    found = taxes(food, fees, included=included)
    added = 0 if included else found.total
    total = subtotal + restaurant.delivery_fee + service_fee + added + basket.tip
    most = most_of(restaurant.currency)
    if total > most:
        raise BasketTooExpensiveError(f"One order in {restaurant.currency} may cost {most} at most, in minor units.")
    return PricedBasket(
        lines=lines,
        subtotal=subtotal,
        delivery_fee=restaurant.delivery_fee,
        service_fee=service_fee,
        tax=added,
        tip=basket.tip,
        total=total,
        prices_include_tax=included,
        tax_included=found.total - added,
        fee_tax=found.on_fees,
        taxes=found.of_rates,
        currency=restaurant.currency,
    )


def _line(wanted: BasketItem, menu: Menu) -> Line:
    item = menu.items[wanted.menu_item_id]
    options = chosen(item, wanted.quantities)
    unit_price = item.price + sum(option.price * option.quantity for option in options)
    return Line(
        menu_item_id=item.item_id,
        name=item.name,
        quantity=wanted.quantity,
        options=options,
        note=wanted.note,
        unit_price=unit_price,
        total=unit_price * wanted.quantity,
        tax_rate_ppm=menu.restaurant.tax_ppm_of(item.tax_category),
    )


def chosen(item: MenuItemUpdated, choices: Sequence[tuple[UUID, int]]) -> list[ChosenOption]:
    """Return the chosen options of `item` with their quantities, in the menu's order.

    Raises UnknownOptionError, RepeatedOptionError, OptionUnavailableError or OptionCountError.
    """
    wanted = dict(choices)
    if len(wanted) < len(choices):
        raise RepeatedOptionError(
            f"Name each option of {item.name} once, with its quantity.", menu_item_id=str(item.item_id)
        )
    unknown = wanted.keys() - {option.id for group in item.option_groups for option in group.options}
    if unknown:
        raise UnknownOptionError(
            f"{item.name} has no such option.", menu_item_id=str(item.item_id), option_ids=sorted(map(str, unknown))
        )
    return [option for group in item.option_groups for option in _of_group(item, group, wanted)]


def _of_group(item: MenuItemUpdated, group: OptionGroup, wanted: Mapping[UUID, int]) -> list[ChosenOption]:
    picked = [option for option in group.options if option.id in wanted]
    for option in picked:
        if not option.available:
            raise OptionUnavailableError(f"{option.name} is sold out.", option_id=str(option.id))
        if wanted[option.id] > option.max_quantity:
            raise OptionCountError(
                f"Choose {option.name} for {item.name} {option.max_quantity} times at most.",
                menu_item_id=str(item.item_id),
                option_group_id=str(group.id),
            )
    if not group.min <= sum(wanted[option.id] for option in picked) <= group.max:
        raise OptionCountError(
            f"Choose {group.min} to {group.max} of {group.name} for {item.name}.",
            menu_item_id=str(item.item_id),
            option_group_id=str(group.id),
        )
    return [ChosenOption(id=one.id, name=one.name, price=one.price, quantity=wanted[one.id]) for one in picked]
