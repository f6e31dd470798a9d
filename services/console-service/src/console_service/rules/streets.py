"""A map without tiles: a rectangle with a grid of lines at a round number of metres."""

import collections
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, cos, log, radians
from typing import Any, NamedTuple

METRES_A_DEGREE = 111_195.0
WIDTH = 1000.0
HEIGHT = 640.0
MARGIN = 0.08
TOWN_M = 12_000.0
STEP = 1.2
SMALLEST_M = 800.0
GRIDS = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 200_000, 1_000_000)
MOST_LINES = 14


class Point(NamedTuple):
    """A point in the drawing."""

    x: float
    y: float


@dataclass(frozen=True)
class Frame:
    """The drawn area: its centre in degrees, and its scale in metres per unit."""

    lat: float
    lng: float
    scale: float

    def point(self, place: Mapping[str, Any]) -> Point:
        """Return the position of a place in the drawing."""
        east = (place["lng"] - self.lng) * METRES_A_DEGREE * cos(radians(self.lat))
        north = (place["lat"] - self.lat) * METRES_A_DEGREE
        return Point(round(WIDTH / 2 + east / self.scale, 1), round(HEIGHT / 2 - north / self.scale, 1))

    @property
    def grid_m(self) -> int:
        """Return the metres between two lines of the grid."""
        return next((one for one in GRIDS if WIDTH * self.scale / one <= MOST_LINES), GRIDS[-1])

    @property
    def columns(self) -> list[float]:
        """Return the positions of the vertical lines of the grid."""
        return _lines(WIDTH, self.grid_m / self.scale)

    @property
    def rows(self) -> list[float]:
        """Return the positions of the horizontal lines of the grid."""
        return _lines(HEIGHT, self.grid_m / self.scale)


def around(places: Iterable[Mapping[str, Any]]) -> Frame:
    """Return a frame that shows all `places`."""
    lats, lngs = zip(*((one["lat"], one["lng"]) for one in places), strict=True)
    lat, lng = (min(lats) + max(lats)) / 2, (min(lngs) + max(lngs)) / 2
    wide = (max(lngs) - min(lngs)) * METRES_A_DEGREE * max(0.01, cos(radians(lat)))
    high = (max(lats) - min(lats)) * METRES_A_DEGREE
    inner = 1 - 2 * MARGIN
    scale = max(wide / (WIDTH * inner), high / (HEIGHT * inner), SMALLEST_M / WIDTH)
    # In steps, so that the map does not change its scale with every address that appears or disappears.
    return Frame(round(lat, 3), round(lng, 3), STEP ** ceil(log(scale, STEP)))


def nearby(places: list[dict[str, Any]], of: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Return the `places` in the town that contains most of `of`, so that a map does not show a continent."""
    towns = collections.Counter(map(_town, of or places))
    if not towns:
        return []
    [(town, _)] = towns.most_common(1)
    middle = next(one for one in of or places if _town(one) == town)
    wide = TOWN_M / METRES_A_DEGREE
    tall = wide / max(0.01, cos(radians(middle["lat"])))
    return [
        one for one in places if abs(one["lat"] - middle["lat"]) <= wide and abs(one["lng"] - middle["lng"]) <= tall
    ]


def _town(place: Mapping[str, Any]) -> tuple[int, int]:
    """Return the square of a quarter of a degree that a place is in."""
    return round(place["lat"] * 4), round(place["lng"] * 4)


def _lines(length: float, step: float) -> list[float]:
    middle = length / 2
    count = int(middle / step)
    return [round(middle + place * step, 1) for place in range(-count, count + 1)]
