"""Lists that begin with some rows, grow by a link, and continue with older rows on further pages."""

from collections.abc import Iterable
from urllib.parse import urlencode

from console_service.adapters.visitor import Visitor

# The initial rows and the step, and the maximum rows of one page: each update reads all of them again.
ROWS = 50
MOST_ROWS = 200


def more(visitor: Visitor, page: str, parameters: dict[str, str], rows: Iterable[str], *, following: str | None) -> str:
    """Return the links to a page with more rows, or to older and to the newest rows.

    `following` is the API's cursor after the rows; None at the end of the list.
    """
    ids, grown = list(rows), ""
    if following is None:
        next_parameters = None
    elif len(ids) < MOST_ROWS:
        next_parameters = {**parameters, "rows": str(min(len(ids) + ROWS, MOST_ROWS))}
        grown = f"#{ids[-1]}" if ids else ""
    else:
        next_parameters = {**parameters, "rows": str(MOST_ROWS), "cursor": following}
    place = f"/console/{page}?{urlencode(next_parameters)}{grown}" if next_parameters else ""
    first = {name: value for name, value in parameters.items() if name not in {"cursor", "rows"}}
    newest = f"/console/{page}?{urlencode(first)}" if parameters.get("cursor") else ""
    return visitor.render("more.html", place=place, older=not grown, newest=newest)
