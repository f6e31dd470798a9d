"""The picture of a run: answers and errors a second, the age of the oldest waiting event, and faults as bands."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import psycopg

from foodlab.chaos.sessions import session

_AGE = "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float FROM outbox WHERE parked_at IS NULL"
_EVERY = 2.0
_WIDTH, _LEFT, _TOP, _PANEL, _GAP, _BAND = 1000, 60, 30, 120, 30, 9
_LABEL = 'font-family="sans-serif" font-size="10" fill="#333"'
_COLOURS = {"answered": "#2a7", "unavailable": "#e90", "broken": "#c33", "failed": "#908"}


@dataclass(frozen=True)
class Band:
    """A fault as it was applied, in seconds from the beginning of the load; `problem` says why it could not be."""

    kind: str
    target: str
    began: float
    ended: float
    problem: str = ""


async def sample(urls: Mapping[str, str], clock: Callable[[], float], ages: list[tuple[float, float]]) -> None:
    """Note the age of the oldest event in any outbox every two seconds, as long as databases answer."""
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
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">']
    parts += [f'<title>Chaos run of {seconds:.0f} s</title><rect width="100%" height="100%" fill="#fff"/>']
    for one in bands:
        x, width = _LEFT + one.began * scale, max(1.5, (one.ended - one.began) * scale)
        y = bottom + rows[one.kind] * (_BAND + 2)
        note = f"<title>{escape(f'{one.kind} {one.target}, {one.began:.0f} s to {one.ended:.0f} s')}</title>"
        parts.append(f'<rect x="{x:.1f}" y="{_TOP}" width="{width:.1f}" height="{bottom - _TOP}" fill="#f3eee4"/>')
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAND}" fill="#a65">{note}</rect>')
    parts += _panel("answers a second", _TOP, series, scale)
    parts += _panel("oldest waiting event, s", _TOP + _PANEL + _GAP, {"age": list(ages)}, scale)
    for kind, row in rows.items():
        parts.append(
            f'<text x="2" y="{bottom + row * (_BAND + 2) + _BAND}" {_LABEL} style="font-size:8px">{escape(kind)}</text>'
        )
    for second in range(0, int(seconds) + 1, _step(seconds)):
        parts.append(f'<text x="{_LEFT + second * scale:.0f}" y="{height - 8}" {_LABEL}>{second} s</text>')
    return "\n".join([*parts, "</svg>\n"])


def _panel(title: str, top: int, series: Mapping[str, Sequence[tuple[float, float]]], scale: float) -> Iterator[str]:
    highest = max((value for points in series.values() for _, value in points), default=0) or 1
    yield f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH - _LEFT - 10}" height="{_PANEL}" fill="none" stroke="#999"/>'
    yield f'<text x="{_LEFT}" y="{top - 5}" {_LABEL}>{title}</text>'
    yield f'<text x="2" y="{top + 10}" {_LABEL}>{highest:.0f}</text><text x="2" y="{top + _PANEL}" {_LABEL}>0</text>'
    for place, (name, points) in enumerate(series.items()):
        colour = _COLOURS.get(name, "#36c")
        line = " ".join(f"{_LEFT + at * scale:.1f},{top + _PANEL * (1 - value / highest):.1f}" for at, value in points)
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.2"/>'
        if name in _COLOURS:
            yield f'<text x="{_LEFT + 130 + 90 * place}" y="{top - 5}" {_LABEL} style="fill:{colour}">{name}</text>'


def _step(seconds: float) -> int:
    return next((step for step in (10, 30, 60, 120, 300) if seconds / step <= 15), 600)  # noqa: PLR2004 - labels that fit
