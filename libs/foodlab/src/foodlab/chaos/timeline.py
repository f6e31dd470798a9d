"""The timeline of a run as SVG: responses and errors per second, the age of the oldest event, and faults as bands."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from foodlab.chaos.sessions import session
from foodlab.svg import Picture

_AGE = "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float FROM outbox WHERE parked_at IS NULL"
_EVERY = 2.0
_WIDTH, _LEFT, _TOP, _PANEL, _GAP, _BAND = 1000, 60, 30, 120, 30, 9
_COLOURS = {"answered": "#2a7", "unavailable": "#e90", "broken": "#c33", "failed": "#908"}


@dataclass(frozen=True)
class Band:
    """A fault as it was applied, in seconds from the beginning of the load.

    `problem` is the reason if it could not be applied.
    """

    kind: str
    target: str
    began: float
    ended: float
    problem: str = ""


async def sample(urls: Mapping[str, str], clock: Callable[[], float], ages: list[tuple[float, float]]) -> None:
    """Record the age of the oldest event in any outbox every two seconds, while the databases respond."""
    while True:
        found = await asyncio.gather(*map(_age, urls.values()))
        if known := [age for age in found if age is not None]:
            ages.append((clock(), max(known)))
        await asyncio.sleep(_EVERY)


async def _age(url: str) -> float | None:
    try:
        async with asyncio.timeout(_EVERY), session(url) as connection:
            row = await (await connection.execute(_AGE)).fetchone()
            return float(row[0]) if row else None
    except (psycopg.Error, TimeoutError):
        return None


def draw(
    bands: Sequence[Band], answers: Counter[tuple[int, str]], ages: Sequence[tuple[float, float]], seconds: float
) -> str:
    """Return the picture as SVG."""
    scale = (_WIDTH - _LEFT - 10) / max(seconds, 1)
    rows = {kind: row for row, kind in enumerate(dict.fromkeys(one.kind for one in bands))}
    bottom = _TOP + 2 * (_PANEL + _GAP)
    height = bottom + len(rows) * (_BAND + 2) + 25
    series = {
        kind: [(second, count) for (second, one), count in sorted(answers.items()) if one == kind] for kind in _COLOURS
    }
    picture = Picture(_WIDTH, height, f"Chaos run of {seconds:.0f} s")
    for one in bands:
        x, width = _LEFT + one.began * scale, max(1.5, (one.ended - one.began) * scale)
        note = f"{one.kind} {one.target}, {one.began:.0f} s to {one.ended:.0f} s"
        picture.rectangle(x, _TOP, width, bottom - _TOP, "#f3eee4")
        picture.rectangle(x, bottom + rows[one.kind] * (_BAND + 2), width, _BAND, "#a65", note=note)
    _panel(picture, "answers a second", _TOP, series, scale)
    _panel(picture, "oldest waiting event, s", _TOP + _PANEL + _GAP, {"age": list(ages)}, scale)
    for kind, row in rows.items():
        picture.text(2, bottom + row * (_BAND + 2) + _BAND, kind, size=8)
    for second in range(0, int(seconds) + 1, _step(seconds)):
        picture.text(_LEFT + second * scale, height - 8, f"{second} s")
    return str(picture)


def _panel(
    picture: Picture, title: str, top: int, series: Mapping[str, Sequence[tuple[float, float]]], scale: float
) -> None:
    highest = max((value for points in series.values() for _, value in points), default=0) or 1
    picture.rectangle(_LEFT, top, _WIDTH - _LEFT - 10, _PANEL, "none", stroke="#999")
    picture.text(_LEFT, top - 5, title)
    picture.text(2, top + 10, f"{highest:.0f}")
    picture.text(2, top + _PANEL, "0")
    for place, (name, points) in enumerate(series.items()):
        colour = _COLOURS.get(name, "#36c")
        picture.line([(_LEFT + at * scale, top + _PANEL * (1 - value / highest)) for at, value in points], colour)
        if name in _COLOURS:
            picture.text(_LEFT + 130 + 90 * place, top - 5, name, fill=colour)


def _step(seconds: float) -> int:
    return next((step for step in (10, 30, 60, 120, 300) if seconds / step <= 15), 600)  # noqa: PLR2004 - labels that fit
