"""The caller's own addresses."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from foodchassis import CurrentUser, Page, PageDep, SessionDep, refusals
from foodchassis.web import OnceIfKeyed
from user_service.models import Address
from user_service.schemas.accounts import AddressCreate, AddressPublic
from user_service.service import addresses

router = APIRouter(prefix="/users/me/addresses", tags=["addresses"])


@router.get("", response_model=Page[AddressPublic], responses=refusals(404))
async def list_addresses(user: CurrentUser, session: SessionDep, page: PageDep) -> dict[str, Any]:
    """List your addresses, newest first."""
    return await addresses.list_addresses(session, user.id, page)


@router.post("", status_code=201, response_model=AddressPublic, responses=refusals(404, 409))
async def add_address(body: AddressCreate, user: CurrentUser, session: SessionDep, once: OnceIfKeyed) -> Address:
    """Store an address for later orders; 409 when there are too many."""
    return await once(addresses.add_address, session, user.id, body)


@router.get("/{address_id}", response_model=AddressPublic, responses=refusals(404))
async def read_address(address_id: UUID, user: CurrentUser, session: SessionDep) -> Address:
    """Show one of your addresses."""
    return await addresses.find_address(session, user.id, address_id)


@router.delete("/{address_id}", status_code=204, responses=refusals(404))
async def remove_address(address_id: UUID, user: CurrentUser, session: SessionDep) -> None:
    """Delete an address."""
    return await addresses.remove_address(session, user.id, address_id)
