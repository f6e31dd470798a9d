from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery_service.rules.dispatch import EARTH_M, Position, distance_m, lat_band, nearest, radius_m

BERLIN, HAMBURG, SYDNEY = Position(52.52, 13.405), Position(53.5511, 9.9937), Position(-33.8688, 151.2093)
points = st.builds(Position, st.floats(-90, 90), st.floats(-180, 180))
HALF_ROUND = 3.141592653589793 * EARTH_M


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        (BERLIN, BERLIN, 0),
        (BERLIN, HAMBURG, 255.3),
        (BERLIN, SYDNEY, 16_094),
        (Position(0, 179.5), Position(0, -179.5), 111.2),
        (Position(90, 0), Position(90, 120), 0),
        (Position(90, 0), Position(-90, 77), 20_015.1),
    ],
)
def test_distances_follow_the_great_circle(one: Position, other: Position, kilometres: float) -> None:
    assert distance_m(one, other) / 1000 == pytest.approx(kilometres, rel=0.002, abs=0.001)


@given(points, points)
def test_a_distance_is_the_same_both_ways_and_no_longer_than_half_the_earth(one: Position, other: Position) -> None:
    assert distance_m(one, other) == pytest.approx(distance_m(other, one))
    assert 0 <= distance_m(one, other) <= HALF_ROUND + 1


@pytest.mark.parametrize(
    ("waited", "radius"), [(0, 3000), (4.9, 3000), (5, 6000), (9.9, 6000), (10, 12_000), (15, 12_000), (86_400, 12_000)]
)
def test_the_search_reaches_further_the_longer_it_lasts(waited: float, radius: int) -> None:
    assert radius_m((3000, 6000, 12_000), timedelta(seconds=waited), 5) == radius


def test_a_clock_that_went_back_does_not_widen_the_search() -> None:
    assert radius_m((3000, 6000), timedelta(seconds=-60), 5) == 3000


def test_the_nearest_come_first_and_the_far_not_at_all() -> None:
    north = {UUID(int=n): Position(52.52 + metres / 111_195, 13.405) for n, metres in enumerate([900, 100, 3100, 500])}

    assert nearest(north, BERLIN, 3000) == [UUID(int=1), UUID(int=3), UUID(int=0)]


@given(points, points, st.floats(1, 2_000_000))
def test_no_point_within_a_radius_lies_outside_its_band(centre: Position, point: Position, radius: float) -> None:
    south, north = lat_band(centre, radius)

    assert distance_m(centre, point) > radius or south - 1e-6 <= point.lat <= north + 1e-6
