"""What admins did and read, for admins."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from foodchassis import Page, PageDep, SessionDep, Since, Text, require_role
from user_service.schemas.audit import AuditEntryPublic, AuditFilter, AuditReadPublic
from user_service.service import audit

ByAdmin = Annotated[UUID | None, Query(description="only those of this admin")]
OnObject = Annotated[UUID | None, Query(description="only entries of this object")]
OfKind = Annotated[Text | None, Query(description="only those of this kind, e.g. order.cancelled")]
ByOperation = Annotated[Text | None, Query(description="only entries of this operation, e.g. get_order")]
router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", response_model=Page[AuditEntryPublic], dependencies=[require_role("admin")])
async def list_audit_entries(
    session: SessionDep,
    page: PageDep,
    *,
    admin_id: ByAdmin = None,
    object_id: OnObject = None,
    action: OfKind = None,
    since: Since = None,
) -> dict[str, Any]:
    """List what admins did in any service, newest first: who, what, when and why. Entries stay for ever."""
    wanted = AuditFilter(since, admin_id=admin_id, object_id=object_id, action=action)
    return await audit.list_acts(session, page, wanted)


@router.get("/reads", response_model=Page[AuditReadPublic], dependencies=[require_role("admin")])
async def list_audit_reads(
    session: SessionDep,
    page: PageDep,
    *,
    admin_id: ByAdmin = None,
    object_id: OnObject = None,
    operation: ByOperation = None,
    since: Since = None,
) -> dict[str, Any]:
    """List the reads of other users' data by admins in any service, newest first; repeats within an hour are one entry.

    Each entry names the admin and the object, even if it was not found, without its content. It is deleted after a
    year.
    """
    wanted = AuditFilter(since, admin_id=admin_id, object_id=object_id, operation=operation)
    return await audit.list_reads(session, page, wanted)
