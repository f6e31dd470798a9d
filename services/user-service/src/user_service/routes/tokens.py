"""Log-in and log-out, in the forms of OAuth 2."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import Field, TypeAdapter

from foodchassis import Public, SessionDep, refusals
from user_service.routes.callers import ClientAddress
from user_service.routes.forms import documented, form
from user_service.schemas.tokens import PasswordGrant, RefreshGrant, RevocationRequest, Tokens
from user_service.service import logins


def _not_stored(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


Grant = Annotated[PasswordGrant | RefreshGrant, Field(discriminator="grant_type")]
GrantForm = Annotated[PasswordGrant | RefreshGrant, Depends(form(TypeAdapter(Grant)))]
RevocationForm = Annotated[RevocationRequest, Depends(form(TypeAdapter(RevocationRequest)))]
router = APIRouter(prefix="/auth", tags=["tokens"], dependencies=[Public, Depends(_not_stored)])


@router.post("/token", responses=refusals(429), openapi_extra=documented(PasswordGrant, RefreshGrant))
async def grant(asked: GrantForm, address: ClientAddress, session: SessionDep) -> Tokens:
    """Log in with e-mail and password, or exchange a refresh token for new tokens."""
    return await logins.grant(session, asked, address)


@router.post("/revoke", response_class=Response, openapi_extra=documented(RevocationRequest))
async def revoke(asked: RevocationForm, session: SessionDep) -> None:
    """Log out: the log-in that a refresh or access token came from ends, with all its tokens. Always 200 (RFC 7009)."""
    return await logins.revoke(session, asked)
