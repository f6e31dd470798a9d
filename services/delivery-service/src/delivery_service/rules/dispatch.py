"""The rules of dispatch: distances, the start of a search, and its radius."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple, Protocol
from uuid import UUID

from delivery_service.rules.policy import Policy

EARTH_M = 6_371_008.8


class Positioned(Protocol):
    """An object with a position in degrees."""

    @property
    def lat(self) -> float:
        """Degrees north."""

    @property
    def lng(self) -> float:
        """Degrees east."""


class Position(NamedTuple):
    """A point on the earth in degrees."""

    lat: float
    lng: float


class Candidate(NamedTuple):
    """A candidate for an offer, locked by the caller; `offer_id` is the id of the offer."""

    driver_id: UUID
    offer_id: UUID
    here: Position
    hands_free: bool = False


class Area(NamedTuple):
    """The area of a search: `radius_m` metres around `centre`."""

    centre: Position
    radius_m: int


def distance_m(one: Positioned, other: Positioned) -> float:
    """Return the great-circle distance in metres."""
    lat1, lat2 = radians(one.lat), radians(other.lat)
    half_lat, half_lng = (lat2 - lat1) / 2, radians(other.lng - one.lng) / 2
    chord = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lng) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(chord)))


def lat_band(centre: Positioned, radius: float) -> tuple[float, float]:
    """Return the minimum and maximum latitude of the points within `radius` metres."""
    reach = radius / (EARTH_M * radians(1))
    return centre.lat - reach, centre.lat + reach


def radius_m(radii: Sequence[int], waited: timedelta, interval: float) -> int:
    """Return the radius after `waited` seconds: the next of `radii` after each `interval`, then the last."""
    rounds = max(0, int(waited.total_seconds() / interval))
    return radii[min(rounds, len(radii) - 1)]


def nearest(positions: Mapping[UUID, Positioned], centre: Positioned, radius: float) -> list[UUID]:
    """Return the keys of the points within `radius` metres of `centre`, nearest first."""
    distances = ((distance_m(position, centre), key) for key, position in positions.items())
    return [key for away, key in sorted(distances) if away <= radius]


def may_wait(ready_at: datetime, now: datetime, policy: Policy) -> bool:
    """Return whether the search may begin later, so that the distance of the nearest driver is needed."""
    return ready_at - timedelta(seconds=policy.search_lead) > now


def search_start(ready_at: datetime, now: datetime, nearest_m: float | None, policy: Policy) -> datetime:
    """Return when to begin a search so that the driver arrives when the food is ready: `now` or later.

    Without a driver in reach the assumed distance is the first radius.
    """
    way_m = policy.search_radii_m[0] if nearest_m is None else nearest_m
    return max(now, ready_at - timedelta(seconds=policy.search_lead + way_m / policy.driver_speed))
