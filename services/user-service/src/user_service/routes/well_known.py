"""The documents that others need to verify access tokens."""

from typing import Any

from fastapi import APIRouter, Depends, Response

from foodchassis import Public
from foodchassis.web import ResourcesDep
from user_service.adapters.signing import SigningKeys
from user_service.schemas.well_known import Discovery, Jwks


async def _cached(response: Response, resources: ResourcesDep) -> None:
    response.headers["Cache-Control"] = f"public, max-age={resources.get(SigningKeys).settings.jwks_seconds}"


router = APIRouter(prefix="/.well-known", tags=["tokens"], dependencies=[Public, Depends(_cached)])


@router.get("/jwks.json", response_model=Jwks)
async def jwks(resources: ResourcesDep) -> dict[str, Any]:
    """Publish the public keys that access tokens are signed with."""
    return resources.get(SigningKeys).published


@router.get("/oauth-authorization-server", name="authorization_server", response_model=Discovery)
@router.get("/openid-configuration", response_model=Discovery)
async def openid_configuration(resources: ResourcesDep) -> dict[str, Any]:
    """Publish where to find keys and tokens (OpenID Connect Discovery, RFC 8414)."""
    return resources.get(SigningKeys).discovery
