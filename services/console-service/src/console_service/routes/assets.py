"""The script, the style sheet and the icon of the pages."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from console_service.adapters.assets import CONTENT, EDITION, KINDS
from foodchassis import NotFoundError, Public

router = APIRouter(prefix="/console/assets", include_in_schema=False, dependencies=[Public])


class NoSuchAssetError(NotFoundError):
    """There is no such static file."""

    title = "There is no such file"


@router.get("/{edition}/{name}")
async def asset(edition: Annotated[str, Path(max_length=40)], name: Annotated[str, Path(max_length=40)]) -> Response:
    """Return a static file."""
    if name not in KINDS:
        raise NoSuchAssetError
    seconds = 31_536_000 if edition == EDITION else 0
    headers = {"Cache-Control": f"public, max-age={seconds}, immutable"}
    return Response(CONTENT[name], headers=headers, media_type=KINDS[name])
