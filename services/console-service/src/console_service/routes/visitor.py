"""Dependencies: the user by the cookie, and a form that was sent by a page of the console."""

from typing import Annotated
from urllib.parse import parse_qsl

import httpx2
from fastapi import Depends, Request

from console_service.adapters.api import Api, Streams
from console_service.adapters.log_ins import LogIns
from console_service.adapters.pages import Pages, language_of
from console_service.adapters.visitor import Visitor
from console_service.errors import ForeignPageError, OtherRoleError, UnreadableFormError
from foodchassis.web import ResourcesDep

COOKIE, LANGUAGE, THEME = "console_log_in", "console_language", "console_theme"
THEMES = ("auto", "light", "dark")
MOST_FIELDS = 20


async def visitor(request: Request, resources: ResourcesDep) -> Visitor:
    """Return the logged-in user. Raises LoggedOutError."""
    log_ins = resources.get(LogIns)
    log_in = await log_ins.find(request.cookies.get(COOKIE))
    api = Api(resources.get(httpx2.AsyncClient), resources.get(Streams), log_ins, log_in, address(request))
    return Visitor(log_in, api, resources.get(Pages), language(request), theme(request))


visitor.authenticates = True  # type: ignore[attr-defined]
CurrentVisitor = Annotated[Visitor, Depends(visitor)]


async def admin(visitor: CurrentVisitor) -> Visitor:
    """Return the logged-in admin. Raises OtherRoleError."""
    if visitor.role != "admin":
        raise OtherRoleError
    return visitor


CurrentAdmin = Annotated[Visitor, Depends(admin)]


def address(request: Request) -> str:
    """Return the browser's address as reported by the gateway in front of the console."""
    return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()


def language(request: Request) -> str:
    """Return the user's language."""
    return language_of(request.cookies.get(LANGUAGE), request.headers.get("Accept-Language", ""))


def theme(request: Request) -> str:
    """Return light, dark, or `auto` for the system's preference."""
    chosen = request.cookies.get(THEME, "auto")
    return chosen if chosen in THEMES else "auto"


async def form(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises ForeignPageError when another site's page sent it."""
    host = request.headers.get("X-Forwarded-Host") or request.headers.get("Host", "")
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    known = origin.partition("://")[2] == host if origin is not None else site == "same-origin"
    if not known or site not in {None, "same-origin"}:
        raise ForeignPageError
    try:
        pairs = parse_qsl((await request.body()).decode(), strict_parsing=False, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise UnreadableFormError from error
    return dict(pairs)


FormDep = Annotated[dict[str, str], Depends(form)]
