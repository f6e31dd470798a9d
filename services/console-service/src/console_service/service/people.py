"""Accounts: found by name or e-mail address, and by role."""

from console_service.adapters.visitor import Visitor
from console_service.rules.changes import View
from console_service.service.listing import more

ROLES = ("customer", "restaurant", "driver", "admin")


async def listed(visitor: Visitor, q: str, role: str, most: int) -> View:
    """Return the newest accounts, and a link to more of them."""
    found, whole = await visitor.api.all("/users", most=most, q=q or None, role=role or None)
    rows: dict[str, str] = {f"user-{one['id']}": visitor.render("people/row.html", user=one) for one in found}
    return {"people": rows, "more": more(visitor, "people", {"q": q, "role": role}, rows, whole=whole)}
