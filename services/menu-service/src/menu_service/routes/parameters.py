"""Parameters shared by several routes."""

import re
from typing import Annotated

from fastapi import Depends, Header, Query

from foodchassis import Id, Principal, Text, require_role
from foodchassis.web import scope
from menu_service.errors import RestaurantNotFoundError
from menu_service.service import Search
from menu_service.service.geo import Point

LATITUDE = r"-?(90(\.0{1,9})?|[1-8]?[0-9](\.[0-9]{1,9})?)"
LONGITUDE = r"-?(180(\.0{1,9})?|(1[0-7][0-9]|[1-9]?[0-9])(\.[0-9]{1,9})?)"

CurrentOwner = Annotated[Principal, require_role("restaurant")]


async def _bound(restaurant_id: Id, user: CurrentOwner) -> None:
    """Raise RestaurantNotFoundError for an API client that is bound to another restaurant."""
    if not user.may_reach(restaurant_id):
        raise RestaurantNotFoundError


WRITES = [scope("menu:write"), Depends(_bound)]


async def _known_tags(
    if_none_match: Annotated[
        str | None, Header(alias="If-None-Match", max_length=1000, description="ETags of cached copies")
    ] = None,
) -> list[str]:
    if if_none_match is None or if_none_match.strip() == "*":
        return [] if if_none_match is None else ["*"]
    return re.findall(r'"([^"]*)"', if_none_match)


async def _search(
    q: Annotated[Text | None, Query(description="a part of the name")] = None,
    near: Annotated[
        str | None, Query(pattern=f"^{LATITUDE},{LONGITUDE}$", description="lat,lng: only those that deliver there")
    ] = None,
    only_open: Annotated[bool, Query(alias="open", description="only those open now")] = False,
) -> Search:
    return Search(q=q, near=Point(*map(float, near.split(","))) if near else None, open=only_open)


KnownTags = Annotated[list[str], Depends(_known_tags)]
SearchDep = Annotated[Search, Depends(_search)]
