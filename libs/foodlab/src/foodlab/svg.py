"""SVG pictures of rectangles, lines and texts, for the charts."""

from collections.abc import Sequence
from html import escape

from typing_extensions import override

COLOURS = ("#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#edc948", "#b07aa1", "#ff9da7", "#9c755f")
_FONT = 'font-family="sans-serif"'


class Picture:
    """A picture with a white background."""

    def __init__(self, width: float, height: float, title: str) -> None:
        """Create an empty picture with an accessible title."""
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" {_FONT}>',
            f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>',
        ]

    def rectangle(
        self, x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "", note: str = ""
    ) -> None:
        """Draw a rectangle; its note is a tooltip."""
        line = f' stroke="{stroke}"' if stroke else ""
        mark = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"{line}'
        self._parts.append(f"{mark}><title>{escape(note)}</title></rect>" if note else f"{mark}/>")

    def text(self, x: float, y: float, text: str, *, size: float = 10, fill: str = "#333") -> None:
        """Draw a text that begins at a point."""
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}">{escape(text)}</text>')

    def line(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Draw a polyline."""
        through = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polyline points="{through}" fill="none" stroke="{colour}" stroke-width="1.2"/>')

    @override
    def __str__(self) -> str:
        return "\n".join([*self._parts, "</svg>\n"])
