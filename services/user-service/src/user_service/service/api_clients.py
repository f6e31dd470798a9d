"""API clients, which a user creates, rotates and revokes and which act for that user, and their tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from uuid import UUID

import structlog
from pydantic import SecretStr
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Principal, now, resources
from user_service.adapters.refresh_tokens import digest, new_token
from user_service.adapters.signing import SigningKeys
from user_service.errors import ApiClientNotFoundError, InvalidClientError, InvalidScopeError, TooManyApiClientsError
from user_service.models import ApiClient, User
from user_service.schemas.api_clients import ApiClientCreate, ApiClientPublic, ApiClientSecret
from user_service.schemas.tokens import ClientGrant, ClientToken
from user_service.service.accounts import profile
from user_service.service.revocations import check, revoke
from user_service.settings import UserSettings

log = structlog.get_logger()


@dataclass(frozen=True)
class Credentials:
    """The id and secret that an API client sends."""

    client_id: str
    secret: SecretStr


async def create(session: AsyncSession, caller: Principal, wanted: ApiClientCreate) -> ApiClientSecret:
    """Create an API client, and return it with its secret, of which only a digest is stored.

    Raises TooManyApiClientsError, or UnauthorizedError when the caller's log-in has just ended.
    """
    user = await profile(session, caller.id, lock=True)
    # A reset of the password revokes all clients, with the account locked: none may be created after it.
    await check(session, caller)
    most = resources(session).get(UserSettings).clients_per_account
    if len(await list_clients(session, user.id)) >= most:
        raise TooManyApiClientsError(f"Revoke one first; {most} are allowed.")
    secret = new_token()
    client = ApiClient(user_id=user.id, secret=digest(secret), **wanted.model_dump())
    session.add(client)
    await session.flush()
    log.info("api_client.made", user_id=user.id, client_id=client.id)
    return _shown(client, secret)


async def list_clients(session: AsyncSession, user_id: UUID) -> Sequence[ApiClient]:
    """Return a user's API clients, newest first; there are few."""
    mine = select(ApiClient).where(col(ApiClient.user_id) == user_id).order_by(col(ApiClient.id).desc())
    return (await session.exec(mine)).all()


async def find_client(session: AsyncSession, user_id: UUID, client_id: UUID, *, lock: bool = False) -> ApiClient:
    """Return one of a user's API clients; `lock` prevents changes by other requests until the transaction ends.

    Raises ApiClientNotFoundError.
    """
    mine = select(ApiClient).where(col(ApiClient.id) == client_id, col(ApiClient.user_id) == user_id)
    client = (await session.exec(mine.with_for_update() if lock else mine)).one_or_none()
    if client is None:
        raise ApiClientNotFoundError
    return client


async def rotate(session: AsyncSession, user_id: UUID, client_id: UUID) -> ApiClientSecret:
    """Return an API client with a new secret; the former one is good for a while. Raises ApiClientNotFoundError."""
    client = await find_client(session, user_id, client_id, lock=True)
    overlap = timedelta(seconds=resources(session).get(UserSettings).client_secret_overlap_seconds)
    secret = new_token()
    client.former_secret, client.former_until = client.secret, now() + overlap
    client.secret = digest(secret)
    log.info("api_client.rotated", user_id=user_id, client_id=client.id)
    return _shown(client, secret)


async def remove(session: AsyncSession, user_id: UUID, client_id: UUID) -> None:
    """Revoke an API client: its secrets and its access tokens are refused from the commit on.

    Raises ApiClientNotFoundError.
    """
    client = await find_client(session, user_id, client_id, lock=True)
    await session.delete(client)
    await revoke(session, client.id)
    log.info("api_client.revoked", user_id=user_id, client_id=client.id)


async def grant(session: AsyncSession, form: ClientGrant, by_header: Credentials | None) -> ClientToken:
    """Return an access token for an API client. Raises InvalidClientError or InvalidScopeError."""
    if by_header is None and form.client_id is not None and form.client_secret is not None:
        by_header = Credentials(form.client_id, form.client_secret)
    client, user = await _authenticated(session, by_header)
    scopes = list(dict.fromkeys((form.scope or "").split())) or client.scopes
    if unknown := sorted(set(scopes) - set(client.scopes)):
        raise InvalidScopeError(f"It may have {' '.join(client.scopes)}, and requested {' '.join(unknown)}.")
    keys = resources(session).get(SigningKeys)
    return ClientToken(
        access_token=keys.client_token(client, user.role, scopes),
        expires_in=keys.settings.access_token_seconds,
        scope=" ".join(scopes),
    )


async def _authenticated(session: AsyncSession, credentials: Credentials | None) -> tuple[ApiClient, User]:
    try:
        client_id = UUID(credentials.client_id) if credentials else None
    except ValueError:
        raise InvalidClientError from None
    # In one statement: the account may be erased between two.
    query = select(ApiClient, User).join(User, col(User.id) == ApiClient.user_id).where(ApiClient.id == client_id)
    found = (await session.exec(query)).one_or_none()
    if credentials is None or found is None or not _is_good(found[0], credentials.secret):
        raise InvalidClientError
    return found


def _is_good(client: ApiClient, secret: SecretStr) -> bool:
    sent = digest(secret.get_secret_value())
    former = client.former_secret if client.former_until and client.former_until > now() else None
    return compare_digest(sent, client.secret) or (former is not None and compare_digest(sent, former))


def _shown(client: ApiClient, secret: str) -> ApiClientSecret:
    return ApiClientSecret(**dict(ApiClientPublic.model_validate(client)), client_secret=secret)
