import pytest
from sqlalchemy import Double, literal
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from menu_service.service.geo import Point, distance_m, latitudes_in_reach

BERLIN, PARIS = Point(52.52, 13.405), Point(48.8566, 2.3522)
KNOWN = [
    (BERLIN, BERLIN, 0),
    (BERLIN, PARIS, 877_464),
    (PARIS, BERLIN, 877_464),
    (Point(0, 179.9), Point(0, -179.9), 22_239),
    (Point(89.9, 0), Point(89.9, 180), 22_239),
    (Point(0, 0), Point(0, 180), 20_015_115),
    (Point(37.3, -12.2), Point(-37.3, 167.8), 20_015_115),
]


async def metres(session: AsyncSession, here: Point, there: Point) -> float:
    lat, lng = (literal(degrees, Double) for degrees in here)
    return (await session.exec(select(distance_m(lat, lng, there)))).one()


async def test_distances_follow_the_great_circle(session: AsyncSession) -> None:
    measured = [await metres(session, here, there) for here, there, _ in KNOWN]

    assert measured == pytest.approx([expected for _, _, expected in KNOWN], rel=1e-4, abs=0.01)


async def test_the_latitude_range_is_wider_than_any_radius(session: AsyncSession) -> None:
    for edge in latitudes_in_reach(BERLIN):
        assert await metres(session, BERLIN, Point(edge, BERLIN.lng)) > 50_000
