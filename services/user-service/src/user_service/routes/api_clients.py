"""The caller's own API clients."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from foodchassis import Principal, SessionDep, refusals, require_role
from foodchassis.web import OnceWithSecret
from user_service.models import ApiClient
from user_service.schemas.api_clients import ApiClientCreate, ApiClientPublic, ApiClientSecret
from user_service.service import api_clients

CurrentRestaurant = Annotated[Principal, require_role("restaurant")]
router = APIRouter(prefix="/users/me/api-clients", tags=["api-clients"])


@router.get("", response_model=list[ApiClientPublic])
async def list_api_clients(user: CurrentRestaurant, session: SessionDep) -> Sequence[ApiClient]:
    """List your API clients, newest first."""
    return await api_clients.list_clients(session, user.id)


@router.post("", status_code=201, responses=refusals(404, 409))
async def create_api_client(
    body: ApiClientCreate, user: CurrentRestaurant, session: SessionDep, once: OnceWithSecret
) -> ApiClientSecret:
    """Create an API client for one restaurant; the answer has its secret, which is shown this once."""
    return await once(api_clients.create, session, user, body)


@router.get("/{client_id}", response_model=ApiClientPublic, responses=refusals(404))
async def read_api_client(client_id: UUID, user: CurrentRestaurant, session: SessionDep) -> ApiClient:
    """Show one of your API clients."""
    return await api_clients.find_client(session, user.id, client_id)


@router.post("/{client_id}/secret", responses=refusals(404))
async def rotate_api_client_secret(
    client_id: UUID, user: CurrentRestaurant, session: SessionDep, once: OnceWithSecret
) -> ApiClientSecret:
    """Get a new secret for an API client; the former one stays good until `former_until`."""
    return await once(api_clients.rotate, session, user.id, client_id)


@router.delete("/{client_id}", status_code=204, responses=refusals(404))
async def revoke_api_client(client_id: UUID, user: CurrentRestaurant, session: SessionDep) -> None:
    """Revoke an API client: its secrets and its access tokens are refused from now on."""
    await api_clients.remove(session, user.id, client_id)
