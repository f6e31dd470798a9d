"""The owners of restaurants, who may read their payments."""

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
    """Store the owner of a restaurant, unless a newer snapshot is stored."""
    row = {"id": event.restaurant_id, "owner_id": event.owner_id, "version": event.version}
    await transaction.put(Statement(KEEP, row))


def owned_by(owner_id: UUID) -> SelectOfScalar[UUID]:
    """Return the query for the restaurants of one owner."""
    return select(Restaurant.id).where(col(Restaurant.owner_id) == owner_id)
