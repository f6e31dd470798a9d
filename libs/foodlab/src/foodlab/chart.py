"""Bar charts: groups of horizontal bars, stacked by part."""

from collections.abc import Mapping, Sequence

from foodlab.svg import COLOURS, Picture

_WIDTH, _BAR, _GAP, _TOP, _FIGURE = 900, 34, 18, 60, 90
_NARROWEST, _LETTER = 110, 7.2


def bars(title: str, groups: Mapping[str, Mapping[str, float]], digits: int = 1) -> str:
    """Draw one stacked bar for each group; the longest bar is as wide as the chart."""
    parts = list(next(iter(groups.values())))
    longest = max(sum(group.values()) for group in groups.values()) or 1.0
    left = max(_NARROWEST, 32 + _LETTER * max(map(len, groups)))
    height = _TOP + len(groups) * (_BAR + _GAP) + (60 if len(parts) > 1 else 10)
    picture = Picture(_WIDTH, height, title)
    picture.text(16, 30, title, size=17)
    for row, (name, group) in enumerate(groups.items()):
        y, x = _TOP + row * (_BAR + _GAP), left
        picture.text(16, y + 22, name, size=13)
        for part, colour in zip(parts, COLOURS, strict=False):
            width = group[part] / longest * (_WIDTH - left - _FIGURE)
            picture.rectangle(x, y, width, _BAR, colour, note=f"{part}: {group[part]:.{digits}f}")
            x += width
        picture.text(x + 8, y + 22, f"{sum(group.values()):.{digits}f}", size=13)
    if len(parts) > 1:
        _legend(picture, parts, height - 38)
    return str(picture)


def _legend(picture: Picture, parts: Sequence[str], y: float) -> None:
    x = float(_NARROWEST)
    for part, colour in zip(parts, COLOURS, strict=False):
        picture.rectangle(x, y, 12, 12, colour)
        picture.text(x + 16, y + 11, part, size=11)
        x += 28 + 6.2 * len(part)
