"""Accounts over HTTP."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from console_service.routes.answering import HEADERS, page
from console_service.routes.visitor import CurrentAdmin
from console_service.service import people

Part = Annotated[str, Query(max_length=200)]
Role = Annotated[str, Query(pattern="^(customer|restaurant|driver|admin)?$")]
router = APIRouter(prefix="/console/people", include_in_schema=False)


@router.get("")
async def find_people(visitor: CurrentAdmin, q: Part = "", role: Role = "") -> Response:
    """Show accounts, the newest first."""
    rows, cursor = await people.page(visitor, q, role, None)
    query = urlencode({"q": q, "role": role})
    return page(visitor, "people/page.html", rows=rows, cursor=cursor, q=q, role=role, query=query, roles=people.ROLES)


@router.get("/more")
async def more_people(
    visitor: CurrentAdmin, cursor: Annotated[str, Query(max_length=200)], q: Part = "", role: Role = ""
) -> Response:
    """Return the rows that follow."""
    rows, following = await people.page(visitor, q, role, cursor)
    return JSONResponse({"html": "".join(rows.values()), "cursor": following}, headers=HEADERS)
