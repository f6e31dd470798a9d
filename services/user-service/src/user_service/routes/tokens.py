"""Log-in and log-out, in the forms of OAuth 2."""

from base64 import b64decode
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import APIRouter, Depends, Header, Response
from pydantic import Field, SecretStr, TypeAdapter

from foodchassis import Public, SessionDep, refusals
from user_service.errors import InvalidClientError
from user_service.routes.callers import ClientAddress
from user_service.routes.forms import documented, form
from user_service.schemas.tokens import ClientGrant, ClientToken, PasswordGrant, RefreshGrant, RevocationRequest, Tokens
from user_service.service import api_clients, logins
from user_service.service.api_clients import Credentials


async def _not_stored(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


Grant = Annotated[PasswordGrant | RefreshGrant | ClientGrant, Field(discriminator="grant_type")]
GrantForm = Annotated[PasswordGrant | RefreshGrant | ClientGrant, Depends(form(TypeAdapter(Grant)))]


async def _credentials(
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Credentials | None:
    """Return the id and secret that are sent by HTTP Basic, each form-encoded (RFC 6749, section 2.3.1)."""
    kind, _, value = (authorization or "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        raise InvalidClientError from None
    return Credentials(unquote_plus(client_id), SecretStr(unquote_plus(secret)))


ClientCredentials = Annotated[Credentials | None, Depends(_credentials)]
RevocationForm = Annotated[RevocationRequest, Depends(form(TypeAdapter(RevocationRequest)))]
router = APIRouter(prefix="/auth", tags=["tokens"], dependencies=[Public, Depends(_not_stored)])


@router.post("/token", responses=refusals(401, 429), openapi_extra=documented(PasswordGrant, RefreshGrant, ClientGrant))
async def grant(
    form: GrantForm, credentials: ClientCredentials, address: ClientAddress, session: SessionDep
) -> Tokens | ClientToken:
    """Log in with e-mail and password, exchange a refresh token for new tokens, or get one as an API client.

    An API client sends `grant_type=client_credentials` with its id and secret, in the form or by HTTP Basic; the
    response has its `scope`, and no `refresh_token`.
    """
    if isinstance(form, ClientGrant):
        return await api_clients.grant(session, form, credentials)
    return await logins.grant(session, form, address)


@router.post("/revoke", response_class=Response, openapi_extra=documented(RevocationRequest))
async def revoke(form: RevocationForm, session: SessionDep) -> None:
    """Log out: the log-in that a refresh or access token came from ends, with all its tokens.

    Always 200 (RFC 7009), but for an access token of an API client: revoke the client instead.
    """
    return await logins.revoke(session, form)
