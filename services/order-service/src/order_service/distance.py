"""Distances on the globe."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8


def metres_between(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Return the great-circle distance of two points given in degrees, by the haversine formula."""
    south, north = radians(lat), radians(other_lat)
    half_height, half_width = (north - south) / 2, radians(other_lng - lng) / 2
    chord = sin(half_height) ** 2 + cos(south) * cos(north) * sin(half_width) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, chord)))
