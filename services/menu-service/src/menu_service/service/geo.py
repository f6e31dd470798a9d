"""The great-circle distance as an SQL expression."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func

EARTH_M = 6_371_008.8
METRES_PER_DEGREE = 111_000
MAX_RADIUS_M = 50_000


class Point(NamedTuple):
    """A place on Earth, in degrees."""

    lat: float
    lng: float


def distance_m(lat: Any, lng: Any, point: Point) -> ColumnElement[float]:
    """Return the haversine distance in metres between a row's columns and `point`."""
    chord = func.power(func.sin(func.radians(lat - point.lat) / 2), 2) + func.cos(func.radians(lat)) * func.cos(
        func.radians(point.lat)
    ) * func.power(func.sin(func.radians(lng - point.lng) / 2), 2)
    # Rounding may make the chord of two opposite points slightly greater than 1.
    distance: ColumnElement[float] = 2 * EARTH_M * func.asin(func.sqrt(func.least(1.0, chord)))
    return distance


def latitudes_in_reach(point: Point) -> tuple[float, float]:
    """Return the condition on latitudes outside of which no restaurant reaches `point`, which uses the index."""
    belt = MAX_RADIUS_M / METRES_PER_DEGREE
    return point.lat - belt, point.lat + belt
