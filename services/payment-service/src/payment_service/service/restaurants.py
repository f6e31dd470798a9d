"""Whose restaurants are: their owners read what is paid to them."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from foodchassis.storage import Statement, Transaction
from foodevents import RestaurantUpdated
from payment_service.models import Restaurant

KEEP = """
    INSERT INTO restaurants (id, owner_id, version) VALUES (%(id)s, %(owner_id)s, %(version)s)
    ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id, version = excluded.version
    WHERE restaurants.version <= excluded.version
"""


async def keep_restaurant(transaction: Transaction, event: RestaurantUpdated) -> None:
    """Keep whose a restaurant is, unless something newer is known."""
    row = {"id": event.restaurant_id, "owner_id": event.owner_id, "version": event.version}
    await transaction.put(Statement(KEEP, row))


def owned_by(owner_id: UUID) -> SelectOfScalar[UUID]:
    """Return the query of the restaurants of one owner."""
    return select(Restaurant.id).where(col(Restaurant.owner_id) == owner_id)
