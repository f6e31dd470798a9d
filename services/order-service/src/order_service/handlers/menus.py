"""The replica of menus is fed."""

from foodchassis import Transaction
from foodevents import MenuItemRemoved, MenuItemUpdated, RestaurantUpdated
from order_service import service
from order_service.handlers.router import events


@events.on(RestaurantUpdated)
async def on_restaurant_updated(event: RestaurantUpdated, transaction: Transaction) -> None:
    """Keep the newest snapshot of a restaurant."""
    await service.keep_restaurant(transaction, event)


@events.on(MenuItemUpdated)
async def on_menu_item_updated(event: MenuItemUpdated, transaction: Transaction) -> None:
    """Keep the newest snapshot of a dish."""
    await service.keep_item(transaction, event)


@events.on(MenuItemRemoved)
async def on_menu_item_removed(event: MenuItemRemoved, transaction: Transaction) -> None:
    """Take a dish off the menu."""
    await service.remove_item(transaction, event)
