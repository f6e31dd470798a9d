"""Pages of accounts."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from console_service.routes.answering import page
from console_service.routes.visitor import CurrentAdmin
from console_service.service import people
from console_service.service.listing import MOST_ROWS, ROWS

Part = Annotated[str, Query(max_length=200)]
Role = Annotated[str, Query(pattern="^(customer|restaurant|driver|admin)?$")]
Rows = Annotated[int, Query(ge=1, le=MOST_ROWS)]
Cursor = Annotated[str, Query(max_length=100)]
router = APIRouter(prefix="/console/people", include_in_schema=False)


@router.get("")
async def find_people(
    visitor: CurrentAdmin,
    *,
    q: Part = "",
    role: Role = "",
    rows: Rows = ROWS,
    cursor: Cursor = "",
    erased: bool = False,
) -> Response:
    """Show accounts, newest first, and a notice when one was `erased`."""
    view = await people.listed(visitor, {"q": q, "role": role, "cursor": cursor}, rows)
    return page(visitor, "people/page.html", view=view, q=q, role=role, roles=people.ROLES, erased=erased)
