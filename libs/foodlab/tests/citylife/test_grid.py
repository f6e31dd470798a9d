"""Streets and routes."""

import random
from itertools import pairwise
from math import dist

import pytest

from foodlab.citylife.grid import Crossing, Grid, Point, Route
from foodlab.citylife.opening import town


@pytest.fixture
def grid() -> Grid:
    return Grid.of(51.2, 4.4, random.Random(1))


def test_the_same_chance_lays_out_the_same_city(grid: Grid) -> None:
    assert Grid.of(51.2, 4.4, random.Random(1)) == grid
    assert Grid.of(51.2, 4.4, random.Random(2)) != grid


def test_a_city_contains_its_centre(grid: Grid) -> None:
    corners = [grid.place(grid.point(Crossing(at, at))) for at in (0, len(grid.avenues) - 1)]

    assert sum(one["lat"] for one in corners) / 2 == pytest.approx(51.2, abs=0.001)
    assert sum(one["lng"] for one in corners) / 2 == pytest.approx(4.4, abs=0.001)


def test_a_place_converts_to_degrees_and_back(grid: Grid) -> None:
    point = Point(1_234.5, 987.6)

    assert dist(grid.found(**grid.place(point)), point) < 0.2


def test_the_nearest_crossing_is_found(grid: Grid) -> None:
    crossing = Crossing(5, 9)
    east, north = grid.point(crossing)

    assert grid.nearest(Point(east + 20, north - 20)) == crossing
    assert grid.nearest(Point(-500, 1e6)) == Crossing(0, len(grid.streets) - 1)


def test_a_route_follows_the_streets_and_is_a_shortest_one(grid: Grid) -> None:
    start, end = grid.point(Crossing(3, 17)), grid.point(Crossing(14, 2))
    route = grid.route(start, end, random.Random(5))

    assert (route.points[0], route.points[-1]) == (start, end)
    assert all(one.east == other.east or one.north == other.north for one, other in pairwise(route.points))
    assert route.length == pytest.approx(abs(end.east - start.east) + abs(end.north - start.north))


def test_the_choice_between_shortest_routes_is_random(grid: Grid) -> None:
    start, end = grid.point(Crossing(3, 17)), grid.point(Crossing(14, 2))

    assert len({grid.route(start, end, random.Random(seed)) for seed in range(10)}) > 5


def test_positions_are_on_the_route_up_to_its_end() -> None:
    route = Route((Point(0, 0), Point(0, 0), Point(100, 0), Point(100, 50)))

    assert route.at(0) == Point(0, 0)
    assert route.at(40) == Point(40, 0)
    assert route.at(110) == Point(100, 10)
    assert route.at(1e6) == Point(100, 50)


def test_each_seed_has_a_separate_town() -> None:
    lats = [town(seed).lat for seed in range(20)]

    assert all(abs(one - other) > 0.25 for one, other in pairwise(sorted(lats)))
