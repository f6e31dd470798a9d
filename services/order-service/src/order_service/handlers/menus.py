"""The replica of menus is fed."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodevents import MenuItemRemoved, MenuItemUpdated, RestaurantUpdated
from order_service import service
from order_service.handlers.router import events


@events.on(RestaurantUpdated)
async def on_restaurant_updated(event: RestaurantUpdated, session: AsyncSession) -> None:
    """Keep the newest snapshot of a restaurant."""
    await service.keep_restaurant(session, event)


@events.on(MenuItemUpdated)
async def on_menu_item_updated(event: MenuItemUpdated, session: AsyncSession) -> None:
    """Keep the newest snapshot of a dish."""
    await service.keep_item(session, event)


@events.on(MenuItemRemoved)
async def on_menu_item_removed(event: MenuItemRemoved, session: AsyncSession) -> None:
    """Take a dish off the menu."""
    await service.remove_item(session, event)
