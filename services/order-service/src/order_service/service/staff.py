"""The staff of a restaurant, from its replicated snapshot."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal_column, or_
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from foodchassis import Principal
from foodevents import StaffMember, StaffRole, role_of
from order_service.errors import RestaurantNotFoundError
from order_service.models import Order, OrderFacts, Party, RestaurantCopy


async def role_at(session: AsyncSession, order: OrderFacts, user: Principal) -> StaffRole | None:
    """Return the caller's role at the restaurant of an order, or None."""
    if Party.RESTAURANT not in user.roles or user.id == order.owner_id:
        return role_among(order, user, None)
    return role_among(order, user, await session.get(RestaurantCopy, order.restaurant_id))


def role_among(order: OrderFacts, user: Principal, restaurant: RestaurantCopy | None) -> StaffRole | None:
    """Return the caller's role at the restaurant of an order, which is `restaurant` if it is known."""
    if Party.RESTAURANT not in user.roles or not user.may_reach(order.restaurant_id):
        return None
    return StaffRole.OWNER if user.id == order.owner_id else _role(restaurant, user)


async def check_staff(session: AsyncSession, restaurant_id: UUID, user: Principal) -> None:
    """Check that the caller owns a restaurant, works there, or is an admin. Raises RestaurantNotFoundError."""
    restaurant = await session.get(RestaurantCopy, restaurant_id)
    known = restaurant is not None and user.may_reach(restaurant_id)
    if not known or not (Party.ADMIN in user.roles or _role(restaurant, user)):
        raise RestaurantNotFoundError


async def at_restaurants_of(session: AsyncSession, user: Principal) -> ColumnElement[bool]:
    """Return the condition for orders at restaurants that the caller owns or works at."""
    jobs = (await session.exec(where_works(user.id))).all()
    mine = col(Order.owner_id) == user.id
    # Most owners do not work elsewhere: then only the index of owners is used.
    theirs = or_(mine, col(Order.restaurant_id).in_(jobs)) if jobs else mine
    return theirs if user.bound_to is None else and_(theirs, col(Order.restaurant_id) == user.bound_to)


def where_works(user_id: UUID) -> SelectOfScalar[UUID]:
    """Return the query for the restaurants where a user works, which uses the index of staff."""
    staff = col(RestaurantCopy.snapshot).op("->", return_type=JSONB())(literal_column("'staff'"))
    return select(RestaurantCopy.id).where(staff.contains([{"user_id": str(user_id)}]))


def _role(restaurant: RestaurantCopy | None, user: Principal) -> StaffRole | None:
    if restaurant is None:
        return None
    staff = map(StaffMember.model_validate, restaurant.snapshot.get("staff", []))
    return role_of(user.id, restaurant.owner_id, staff)
