"""What others need to check our tokens."""

from typing import Any

from fastapi import APIRouter, Depends, Response

from foodchassis import Public, ResourcesDep
from user_service.tools import signing_keys


def _cached(response: Response) -> None:
    response.headers["Cache-Control"] = "public, max-age=300"


router = APIRouter(prefix="/.well-known", tags=["tokens"], dependencies=[Public, Depends(_cached)])


@router.get("/jwks.json")
async def jwks(held: ResourcesDep) -> dict[str, Any]:
    """Publish the public keys that access tokens are signed with."""
    return signing_keys(held).published


@router.get("/openid-configuration")
async def openid_configuration(held: ResourcesDep) -> dict[str, Any]:
    """Publish where to find keys and tokens (OpenID Connect Discovery)."""
    return signing_keys(held).discovery
