"""Applications of drivers and restaurants, and the decisions of admins."""

import asyncio
from typing import Any

from console_service.adapters.visitor import Visitor
from console_service.rules.changes import View
from console_service.service.listing import MOST_ROWS, more

KINDS = {"drivers": "/drivers", "restaurants": "/restaurants/applications"}
# The states after a decision of an admin; those that wait for one are listed above.
DECIDED = ("approved", "rejected", "suspended")


async def listed(visitor: Visitor, kind: str, parameters: dict[str, str], most: int) -> View:
    """Return the waiting applicants, longest first, then the newest of the chosen standing and a link to more."""
    chosen = {name: value or None for name, value in parameters.items()}
    (waiting, all_waiting), (decided, following) = await asyncio.gather(
        visitor.api.all(KINDS[kind], most=MOST_ROWS, standing="pending"),
        visitor.api.some(KINDS[kind], most=most, **chosen),
    )
    rows = _rows(visitor, kind, decided)
    return {
        "waiting": _rows(visitor, kind, waiting[::-1]),
        "waiting-none": _none(visitor, "waiting-none", waiting, cut=not all_waiting),
        "decided": rows,
        "decided-none": _none(visitor, "decided-none", decided),
        "more": more(visitor, f"people/{kind}", parameters, rows, following=following),
    }


async def decide(visitor: Visitor, kind: str, applicant_id: str, verdict: str, form: dict[str, str]) -> None:
    """Approve an applicant, or reject or suspend one with a reason for the applicant."""
    body = None if verdict == "approve" else {"reason": form.get("reason", "")}
    await visitor.api.post(f"/{kind}/{applicant_id}/{verdict}", body)


def _rows(visitor: Visitor, kind: str, found: list[dict[str, Any]]) -> dict[str, str]:
    return {f"applicant-{one['id']}": visitor.render("people/applicant.html", one=one, kind=kind) for one in found}


def _none(visitor: Visitor, name: str, found: list[dict[str, Any]], *, cut: bool = False) -> str:
    return visitor.render("people/none.html", id=name, count=len(found), cut=cut)
