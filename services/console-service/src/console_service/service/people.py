"""Accounts: found by name or e-mail address, and by role."""

from typing import Any

from console_service.adapters.visitor import Visitor

ROLES = ("customer", "restaurant", "driver", "admin")


async def page(visitor: Visitor, q: str, role: str, cursor: str | None) -> tuple[dict[str, str], str | None]:
    """Return a page of rows by the ids of their elements, and the cursor of the next."""
    wanted: dict[str, Any] = {"q": q or None, "role": role or None}
    found = await visitor.api.get("/users", limit=50, cursor=cursor, **wanted)
    rows: dict[str, str] = {f"user-{one['id']}": visitor.render("people/row.html", user=one) for one in found["items"]}
    return rows, found["next_cursor"]
