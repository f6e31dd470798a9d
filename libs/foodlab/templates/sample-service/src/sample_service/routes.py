"""HTTP routes."""

from typing import Annotated

from fastapi import APIRouter

from foodchassis import OnceOnly, Page, PageDep, Principal, Public, SessionDep, require_role
from sample_service import service
from sample_service.models import Sample
from sample_service.schemas import SampleCreate, SamplePublic

router = APIRouter(prefix="/samples", tags=["samples"])
CurrentCustomer = Annotated[Principal, require_role("customer")]


@router.post("", status_code=201, response_model=SamplePublic)
async def write_sample(body: SampleCreate, user: CurrentCustomer, session: SessionDep, once: OnceOnly) -> Sample:
    """Write about an order that was delivered."""
    return await once(service.write_sample, session, customer_id=user.id, body=body)


@router.get("", response_model=Page[SamplePublic], dependencies=[Public])
async def list_samples(session: SessionDep, page: PageDep) -> dict[str, object]:
    """List the samples."""
    return await service.list_samples(session, page)
