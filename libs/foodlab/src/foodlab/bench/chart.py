"""A chart as SVG: groups of horizontal bars, stacked by part."""

from collections.abc import Mapping
from html import escape

COLOURS = ("#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#edc948", "#b07aa1", "#ff9da7", "#9c755f")
WIDTH, LEFT, BAR, GAP, TOP = 900, 110, 34, 18, 60


def bars(title: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    """Draw one bar for each group, made of its parts; the longest bar is as wide as the chart."""
    parts = list(next(iter(groups.values())))
    longest = max(sum(group.values()) for group in groups.values()) or 1.0
    height = TOP + len(groups) * (BAR + GAP) + 60
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        "<style>text { font-size: 13px }</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="30" font-size="17">{escape(title)}</text>',
    ]
    for row, (name, group) in enumerate(groups.items()):
        y, x = TOP + row * (BAR + GAP), float(LEFT)
        drawn.append(f'<text x="16" y="{y + 22}">{escape(name)}</text>')
        for part, colour in zip(parts, COLOURS, strict=False):
            width = group[part] / longest * (WIDTH - LEFT - 90)
            drawn.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour}">'
                f"<title>{escape(part)}: {group[part]:.1f}</title></rect>"
            )
            x += width
        drawn.append(f'<text x="{x + 8:.1f}" y="{y + 22}">{sum(group.values()):.1f}</text>')
    x = float(LEFT)
    for part, colour in zip(parts, COLOURS, strict=False):
        drawn.append(f'<rect x="{x:.0f}" y="{height - 38}" width="12" height="12" fill="{colour}"/>')
        drawn.append(f'<text x="{x + 16:.0f}" y="{height - 27}" font-size="11">{escape(part)}</text>')
        x += 28 + 6.2 * len(part)
    return "\n".join([*drawn, "</svg>\n"])
