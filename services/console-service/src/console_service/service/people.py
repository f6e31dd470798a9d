"""Accounts: found by name, e-mail address or phone number, and by role."""

from console_service.adapters.visitor import Visitor
from console_service.rules.changes import View
from console_service.service.listing import more

ROLES = ("customer", "restaurant", "driver", "admin")


async def listed(visitor: Visitor, parameters: dict[str, str], most: int) -> View:
    """Return the newest accounts, or older ones from a cursor on, and a link to more."""
    chosen = {name: value or None for name, value in parameters.items()}
    found, following = await visitor.api.some("/users", most=most, **chosen)
    rows: dict[str, str] = {f"user-{one['id']}": visitor.render("people/row.html", user=one) for one in found}
    return {"people": rows, "more": more(visitor, "people", parameters, rows, following=following)}
