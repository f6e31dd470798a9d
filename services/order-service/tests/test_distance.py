import pytest

from order_service.distance import metres_between


@pytest.mark.parametrize(
    ("start", "end", "metres"),
    [
        ((48.2, 16.37), (48.2, 16.37), 0),
        ((0, 0), (0, 1), 111_195),
        ((0, 0), (1, 0), 111_195),
        ((52.5200, 13.4050), (48.8566, 2.3522), 877_463),
        ((0, 179.5), (0, -179.5), 111_195),
        ((90, 0), (90, 120), 0),
        ((0, 0), (0, 180), 20_015_115),
    ],
)
def test_distances_follow_the_great_circle(start: tuple[float, float], end: tuple[float, float], metres: float) -> None:
    assert metres_between(*start, *end) == pytest.approx(metres, rel=1e-5, abs=0.01)


def test_the_way_back_is_as_long() -> None:
    assert metres_between(1, 2, 3, 4) == pytest.approx(metres_between(3, 4, 1, 2))
