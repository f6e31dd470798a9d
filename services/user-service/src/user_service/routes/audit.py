"""What admins did, for admins."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from foodchassis import Page, PageDep, SessionDep, Since, Text, require_role
from user_service.schemas.audit import AuditEntryPublic, AuditFilter
from user_service.service import audit

ByAdmin = Annotated[UUID | None, Query(description="only those of this admin")]
OnObject = Annotated[UUID | None, Query(description="only those done to this object")]
OfKind = Annotated[Text | None, Query(description="only those of this kind, e.g. order.cancelled")]
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
    """List what admins did in any service, newest first: who, what, when and why. Entries are never deleted."""
    return await audit.list_entries(session, page, AuditFilter(admin_id, object_id, action, since))
