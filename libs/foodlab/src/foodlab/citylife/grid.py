"""The street grid of a city, and routes along its streets."""

import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import cos, dist, radians
from typing import NamedTuple

METRES_A_DEGREE = 111_195.0
_SMALLEST, _LARGEST = 80.0, 190.0
_STREETS = 30


class Point(NamedTuple):
    """Metres east and north of the south-western corner."""

    east: float
    north: float


class Crossing(NamedTuple):
    """A crossing: the number of the avenue from the west, and of the street from the south."""

    avenue: int
    street: int


@dataclass(frozen=True)
class Route:
    """A route between crossings."""

    points: tuple[Point, ...]

    @property
    def length(self) -> float:
        """Return the length in metres."""
        return sum(dist(one, other) for one, other in pairwise(self.points))

    def at(self, metres: float) -> Point:
        """Return the point `metres` from the beginning, at most the end."""
        for one, other in pairwise(self.points):
            piece = dist(one, other)
            if metres < piece:
                share = metres / piece
                return Point(one.east + share * (other.east - one.east), one.north + share * (other.north - one.north))
            metres -= piece
        return self.points[-1]


@dataclass(frozen=True)
class Grid:
    """Avenues by their metres from the west, streets by theirs from the south; the corner in degrees."""

    lat: float
    lng: float
    avenues: tuple[float, ...]
    streets: tuple[float, ...]

    @classmethod
    def of(cls, lat: float, lng: float, chance: random.Random) -> "Grid":
        """Create a grid around a point, with random block sizes."""
        avenues, streets = _lines(chance), _lines(chance)
        north, east = streets[-1] / 2, avenues[-1] / 2
        corner = lat - north / METRES_A_DEGREE
        return cls(corner, lng - east / (METRES_A_DEGREE * cos(radians(corner))), avenues, streets)

    def crossing(self, chance: random.Random) -> Crossing:
        """Choose a random crossing."""
        return Crossing(chance.randrange(len(self.avenues)), chance.randrange(len(self.streets)))

    def point(self, crossing: Crossing) -> Point:
        """Return the point of a crossing."""
        return Point(self.avenues[crossing.avenue], self.streets[crossing.street])

    def nearest(self, point: Point) -> Crossing:
        """Return the crossing nearest to a point."""
        return Crossing(_nearest(self.avenues, point.east), _nearest(self.streets, point.north))

    def place(self, point: Point) -> dict[str, float]:
        """Return a point in degrees, as the API takes it."""
        lat = self.lat + point.north / METRES_A_DEGREE
        lng = self.lng + point.east / (METRES_A_DEGREE * cos(radians(self.lat)))
        return {"lat": round(lat, 6), "lng": round(lng, 6)}

    def found(self, lat: float, lng: float) -> Point:
        """Return the point of a place in degrees."""
        east = (lng - self.lng) * METRES_A_DEGREE * cos(radians(self.lat))
        return Point(east, (lat - self.lat) * METRES_A_DEGREE)

    def route(self, start: Point, end: Point, chance: random.Random) -> Route:
        """Return a random shortest route along the streets."""
        here, there = self.nearest(start), self.nearest(end)
        east, north = abs(there.avenue - here.avenue), abs(there.street - here.street)
        steps = ["east"] * east + ["north"] * north
        chance.shuffle(steps)
        points = [start, self.point(here)]
        for step in steps:
            if step == "east":
                here = here._replace(avenue=here.avenue + (1 if there.avenue > here.avenue else -1))
            else:
                here = here._replace(street=here.street + (1 if there.street > here.street else -1))
            points.append(self.point(here))
        return Route((*points, end))


def _lines(chance: random.Random) -> tuple[float, ...]:
    return tuple(accumulate((chance.uniform(_SMALLEST, _LARGEST) for _ in range(_STREETS - 1)), initial=0.0))


def _nearest(lines: Sequence[float], at: float) -> int:
    right = min(bisect_left(lines, at), len(lines) - 1)
    left = max(right - 1, 0)
    return left if at - lines[left] < lines[right] - at else right
