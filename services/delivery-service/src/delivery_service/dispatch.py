"""The rules of dispatch: great-circle distances, and how far to look."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple, Protocol
from uuid import UUID

EARTH_M = 6_371_008.8


class Positioned(Protocol):
    """Whatever has a position in degrees."""

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


def distance_m(one: Positioned, other: Positioned) -> float:
    """Measure the great-circle distance in metres."""
    lat1, lat2 = radians(one.lat), radians(other.lat)
    half_lat, half_lng = (lat2 - lat1) / 2, radians(other.lng - one.lng) / 2
    chord = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lng) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(chord)))


def lat_band(centre: Positioned, radius: float) -> tuple[float, float]:
    """Give the latitudes between which every point within `radius` metres lies."""
    reach = radius / (EARTH_M * radians(1))
    return centre.lat - reach, centre.lat + reach


def radius_m(radii: Sequence[int], waited: timedelta, interval: float) -> int:
    """Say how far to look after `waited`: the next of `radii` in each `interval` of seconds, the last from then on."""
    rounds = max(0, int(waited.total_seconds() / interval))
    return radii[min(rounds, len(radii) - 1)]


def nearest(positions: Mapping[UUID, Positioned], centre: Positioned, radius: float) -> list[UUID]:
    """List whoever is within `radius` metres of `centre`, nearest first."""
    distances = ((distance_m(position, centre), key) for key, position in positions.items())
    return [key for away, key in sorted(distances) if away <= radius]
