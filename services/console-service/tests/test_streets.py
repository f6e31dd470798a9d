import pytest

from console_service.rules.streets import HEIGHT, WIDTH, around, nearby

NORTH, SOUTH = {"lat": 51.06, "lng": 3.72}, {"lat": 51.04, "lng": 3.73}


def test_a_frame_contains_all_places_with_north_up() -> None:
    frame = around([NORTH, SOUTH])
    north, south = frame.point(NORTH), frame.point(SOUTH)

    assert north.y < south.y
    assert north.x < south.x
    assert all(0 < at.x < WIDTH and 0 < at.y < HEIGHT for at in (north, south))


def test_distances_are_in_proportion_in_both_directions() -> None:
    frame = around([NORTH, SOUTH])
    start = frame.point({"lat": 51.05, "lng": 3.725})
    north = frame.point({"lat": 51.05 + 0.00899, "lng": 3.725})
    east = frame.point({"lat": 51.05, "lng": 3.725 + 0.00899 / 0.6286})

    assert start.y - north.y == pytest.approx(1_000 / frame.scale, rel=0.01)
    assert east.x - start.x == pytest.approx(1_000 / frame.scale, rel=0.01)


def test_a_single_place_gets_a_minimum_area() -> None:
    frame = around([NORTH])

    assert frame.scale * WIDTH >= 800
    assert 2 < len(frame.columns) < 16
    assert frame.columns[1] - frame.columns[0] == pytest.approx(frame.grid_m / frame.scale, abs=0.2)


def test_a_place_in_another_town_does_not_enlarge_the_map() -> None:
    far = [{"lat": 40.7, "lng": -74.0}, {"lat": -33.9, "lng": 151.2}, {"lat": 35.7, "lng": 139.7}]

    assert nearby([*far, NORTH, SOUTH]) == [NORTH, SOUTH]
    assert nearby(far, of=[NORTH]) == []
    assert nearby([]) == []
