"""Candidates for offers: the available drivers near a restaurant, from Redis or, without it, from PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from delivery_service.adapters import positions
from delivery_service.rules import dispatch
from delivery_service.rules.dispatch import Area, Candidate, Position, Positioned
from delivery_service.service.storage import policy_of
from delivery_service.settings import DeliverySettings
from foodchassis import Resources, new_id, now
from foodchassis.storage import Statement, Transaction

log = structlog.get_logger()
# A driver who has not reported for some time gets no offers until the next report.
_READY = "drivers.online AND drivers.standing = 'approved' AND drivers.located_at > %(since)s"
_FREE = "NOT EXISTS (SELECT FROM offers WHERE offers.driver_id = drivers.id AND status IN ('open', 'accepted'))"
_NOT_ASKED = "NOT EXISTS (SELECT FROM offers WHERE offers.driver_id = drivers.id AND delivery_id = {})"
_NEAR = "drivers JOIN unnest(%(ids)s::uuid[]) WITH ORDINALITY AS near (id, place) ON near.id = drivers.id"
CLAIM = f"""
    SELECT drivers.id, lat, lng, auto_accept FROM {_NEAR}
    WHERE {_READY} AND {_FREE} AND {_NOT_ASKED.format("%(delivery_id)s")}
    ORDER BY place LIMIT 1 FOR NO KEY UPDATE OF drivers SKIP LOCKED
"""  # noqa: S608 - put together from constants alone
ONLINE = f"SELECT id, lat, lng FROM drivers WHERE {_READY} AND lat BETWEEN %(south)s AND %(north)s"  # noqa: S608 - the same
NEAREST = f"""
    SELECT lat, lng FROM {_NEAR} WHERE {_READY} ORDER BY place LIMIT 1
"""  # noqa: S608 - the same
WAITING = f"""
    SELECT deliveries.id, (pickup->>'lat')::float8, (pickup->>'lng')::float8, searching_since, drivers.lat, drivers.lng
    FROM deliveries, drivers
    WHERE deliveries.status = 'searching' AND searching_since <= %(now)s AND drivers.id = %(driver_id)s AND {_READY}
        AND test->>'courier' IS NULL
        AND {_FREE} AND {_NOT_ASKED.format("deliveries.id")}
    ORDER BY deliveries.id LIMIT %(limit)s
"""  # noqa: S608 - the same


async def find(transaction: Transaction, delivery_id: UUID, area: Area) -> Candidate | None:
    """Lock the nearest candidate for a delivery within an area."""
    ids = await _nearest(transaction, area)
    return await claim(transaction, delivery_id, ids) if ids else None


async def claim(transaction: Transaction, delivery_id: UUID, ids: Sequence[UUID]) -> Candidate | None:
    """Lock the first candidate of `ids`, skipping drivers that other transactions have locked."""
    known = {"ids": list(ids), "delivery_id": delivery_id, "since": _heard_since(transaction.resources)}
    (rows,) = await transaction.send(Statement(CLAIM, known))
    for driver_id, lat, lng, auto_accept in rows:
        return Candidate(driver_id, new_id(), Position(lat, lng), auto_accept)
    return None


async def waiting(transaction: Transaction, driver_id: UUID, here: Positioned | None) -> list[UUID]:
    """Return the deliveries that can be offered to a driver, longest waiting first."""
    moment, policy = now(), policy_of(transaction.resources)
    limit = transaction.resources.get(DeliverySettings).match_limit
    known = {"driver_id": driver_id, "now": moment, "limit": limit, "since": moment - policy.silence}
    (rows,) = await transaction.send(Statement(WAITING, known))
    found = []
    for delivery_id, lat, lng, since, *there in rows:
        radius = dispatch.radius_m(policy.search_radii_m, moment - since, policy.search_interval)
        if dispatch.distance_m(Position(lat, lng), here or Position(*there)) <= radius:
            found.append(delivery_id)
    return found


async def distance_to_nearest(transaction: Transaction, centre: Positioned) -> float | None:
    """Return the distance of the nearest available driver in metres; None when none is in reach."""
    radius = policy_of(transaction.resources).search_radii_m[-1]
    ids = await _nearest(transaction, Area(Position(centre.lat, centre.lng), radius))
    known = {"ids": ids, "since": _heard_since(transaction.resources)}
    (rows,) = await transaction.send(Statement(NEAREST, known))
    return dispatch.distance_m(Position(*rows[0]), centre) if rows else None


async def _nearest(transaction: Transaction, area: Area) -> list[UUID]:
    """Return online drivers within an area, nearest first."""
    resources = transaction.resources
    redis = resources.get(Redis)
    try:
        if not await positions.filled(redis):
            everyone = await _online(transaction, -90.0, 90.0)
            await positions.fill(redis, everyone, resources.get(DeliverySettings).positions_lifetime)
        return await positions.nearest(redis, area.centre, area.radius_m)
    except RedisError as error:
        log.warning("positions.unavailable", error=repr(error)[:200])
        south, north = dispatch.lat_band(area.centre, area.radius_m)
        return dispatch.nearest(await _online(transaction, south, north), area.centre, area.radius_m)


async def _online(transaction: Transaction, south: float, north: float) -> dict[UUID, Position]:
    known = {"south": south, "north": north, "since": _heard_since(transaction.resources)}
    (rows,) = await transaction.send(Statement(ONLINE, known))
    return {driver_id: Position(lat, lng) for driver_id, lat, lng in rows}


def _heard_since(resources: Resources) -> object:
    return now() - policy_of(resources).silence
