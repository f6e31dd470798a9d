"""The page of one account: its log-ins and its erasure."""

import asyncio

from console_service.adapters.visitor import Visitor
from console_service.errors import RefusedError
from console_service.rules.changes import View


async def shown(visitor: Visitor, user_id: str) -> View:
    """Return the parts of an account's page."""
    user, sessions = await asyncio.gather(
        visitor.api.get(f"/users/{user_id}"), visitor.api.get(f"/users/{user_id}/sessions")
    )
    found = sessions["items"]
    return {
        "account-head": visitor.render("people/account_head.html", user=user),
        "sessions": {
            f"session-{one['id']}": visitor.render("people/session.html", one=one, user=user) for one in found
        },
        "sessions-none": visitor.render("people/no_sessions.html", count=len(found)),
        "may": visitor.render("may.html", actions=_actions(user["role"], found)),
    }


async def end_session(visitor: Visitor, user_id: str, session_id: str, form: dict[str, str]) -> None:
    """End one log-in."""
    await visitor.api.post(f"/users/{user_id}/sessions/{session_id}/end", {"reason": form.get("reason", "")})


async def end_sessions(visitor: Visitor, user_id: str, form: dict[str, str]) -> None:
    """End every log-in."""
    await visitor.api.post(f"/users/{user_id}/sessions/end", {"reason": form.get("reason", "")})


async def erase(visitor: Visitor, user_id: str, form: dict[str, str]) -> None:
    """Erase the account. Raises RefusedError unless the form confirms it."""
    if form.get("confirmed") != "true":
        raise RefusedError(422, visitor.text("account.erase"), visitor.text("account.unconfirmed"))
    await visitor.api.post(f"/users/{user_id}/erase", {"reason": form.get("reason", "")})


def _actions(role: str, sessions: list[dict[str, object]]) -> set[str]:
    """Return the actions that the page offers; the API decides whether they are allowed."""
    return ({"end-all"} if sessions else set()) | (set() if role == "admin" else {"erase"})
