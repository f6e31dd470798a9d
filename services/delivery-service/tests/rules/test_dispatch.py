from datetime import UTC, datetime, timedelta
from math import pi, radians
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery_service.rules.dispatch import (
    EARTH_M,
    Candidate,
    Position,
    distance_m,
    lat_band,
    may_wait,
    nearest,
    radius_m,
    search_start,
)
from delivery_service.rules.policy import Policy

BERLIN, HAMBURG, SYDNEY = Position(52.52, 13.405), Position(53.5511, 9.9937), Position(-33.8688, 151.2093)
points = st.builds(Position, st.floats(-90, 90), st.floats(-180, 180))
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
POLICY = Policy(
    search_radii_m=(3000,), search_lead=1200, driver_speed=5, search_interval=5, offer_lifetime=45, search_lifetime=900,
    driver_silence=180, position_interval=15, pickup_patience=1800, delivery_late=5400, delivery_lost=10_800,
)  # fmt: skip
HALF_THE_EARTH = 3.141592653589793 * EARTH_M


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
    assert 0 <= distance_m(one, other) <= HALF_THE_EARTH + 1


@pytest.mark.parametrize(
    ("waited", "radius"), [(0, 3000), (4.9, 3000), (5, 6000), (9.9, 6000), (10, 12_000), (15, 12_000), (86_400, 12_000)]
)
def test_the_search_radius_grows_with_time(waited: float, radius: int) -> None:
    assert radius_m((3000, 6000, 12_000), timedelta(seconds=waited), 5) == radius


def test_a_clock_set_back_does_not_widen_the_search() -> None:
    assert radius_m((3000, 6000), timedelta(seconds=-60), 5) == 3000


def test_candidates_within_the_radius_are_sorted_by_distance() -> None:
    north = {UUID(int=n): Position(52.52 + metres / 111_195, 13.405) for n, metres in enumerate([900, 100, 3100, 500])}

    assert nearest(north, BERLIN, 3000) == [UUID(int=1), UUID(int=3), UUID(int=0)]


@given(points, points, st.floats(1, 2_000_000))
def test_no_point_within_a_radius_lies_outside_its_band(centre: Position, point: Position, radius: float) -> None:
    south, north = lat_band(centre, radius)

    assert distance_m(centre, point) > radius or south - 1e-6 <= point.lat <= north + 1e-6


def test_distances_are_exact_to_the_metre() -> None:
    assert distance_m(Position(0, 0), Position(0, 180)) == pytest.approx(pi * 6_371_008.8, abs=0.001)
    assert distance_m(Position(10, 20), Position(11, 20)) == pytest.approx(radians(1) * 6_371_008.8, abs=0.001)


def test_a_band_covers_its_radius_in_degrees() -> None:
    assert list(lat_band(BERLIN, radians(2) * EARTH_M)) == pytest.approx([50.52, 54.52])


def test_a_driver_just_within_the_radius_is_found() -> None:
    here = {UUID(int=1): HAMBURG}
    away = distance_m(HAMBURG, BERLIN)

    assert nearest(here, BERLIN, away) == [UUID(int=1)]
    assert nearest(here, BERLIN, away - 0.001) == []


@pytest.mark.parametrize(("ready", "waits"), [(0, False), (1200, False), (1201, True)])
def test_only_a_search_for_slow_food_may_wait(ready: float, waits: bool) -> None:
    assert may_wait(NOON + timedelta(seconds=ready), NOON, POLICY) is waits


@pytest.mark.parametrize(
    ("ready", "nearest_m", "start"),
    [(0, None, 0), (1200, 10_000, 0), (1300, 500, 0), (1301, 500, 1), (3600, None, 1800), (3600, 0, 2400)],
)
def test_a_search_starts_so_that_the_driver_arrives_when_the_food_is_ready(
    ready: float, nearest_m: float | None, start: float
) -> None:
    begins = search_start(NOON + timedelta(seconds=ready), NOON, nearest_m, POLICY)
    assert begins == NOON + timedelta(seconds=start)


def test_a_candidate_is_not_hands_free_by_default() -> None:
    assert not Candidate(UUID(int=1), UUID(int=2), BERLIN).hands_free
