"""Lists that begin with some rows and grow by a link."""

from collections.abc import Iterable
from urllib.parse import urlencode

from console_service.adapters.visitor import Visitor

# Rows that a list begins with and grows by, and that it has at most.
ROWS = 50
MOST_ROWS = 500


def more(visitor: Visitor, page: str, asked: dict[str, str], rows: Iterable[str], *, whole: bool) -> str:
    """Return the link to a page with more than the present rows, which begins at the last of these."""
    ids = list(rows)
    following = urlencode({**asked, "rows": min(len(ids) + ROWS, MOST_ROWS)})
    place = f"/console/{page}?{following}#{ids[-1]}" if ids else ""
    cut = len(ids) if len(ids) >= MOST_ROWS and not whole else 0
    return visitor.render("more.html", place=place, whole=whole, cut=cut)
