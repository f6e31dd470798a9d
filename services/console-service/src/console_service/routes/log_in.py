"""Log-in, log-out, and the user's language and theme."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from console_service.adapters.log_ins import LogIns
from console_service.adapters.pages import LANGUAGES, Pages
from console_service.errors import OtherRoleError, RefusedError
from console_service.routes.answering import HEADERS
from console_service.routes.visitor import (
    COOKIE,
    LANGUAGE,
    THEME,
    THEMES,
    CurrentVisitor,
    FormDep,
    address,
    language,
    theme,
)
from console_service.settings import ConsoleSettings
from foodchassis import Public, UnavailableError
from foodchassis.web import ResourcesDep

HOME = "/console"
# Redirect only to pages of the console: a path with dots may leave them.
OURS = re.compile(r"/console(?:/[A-Za-z0-9_/-]*)?(?:\?[A-Za-z0-9_=&%.+*-]*)?")
LONGEST_PLACE = 300
YEAR = 31_536_000
router = APIRouter(prefix="/console", include_in_schema=False)


@router.get("/log-in", dependencies=[Public])
async def log_in_page(
    request: Request, resources: ResourcesDep, next_: Annotated[str, Query(alias="next")] = HOME, expired: str = ""
) -> Response:
    """Show the log-in page."""
    return _form(request, resources, _ours(next_), expired="log_in.expired" if expired else "")


@router.post("/log-in", dependencies=[Public])
async def log_in(request: Request, resources: ResourcesDep, form: FormDep) -> Response:
    """Log in with an account of the system, and redirect to the requested page."""
    place = _ours(form.get("next", HOME))
    email, password = form.get("email", ""), form.get("password", "")
    try:
        cookie = await resources.get(LogIns).begin(email, password, address(request))
    except (RefusedError, OtherRoleError, UnavailableError) as error:
        status = error.answered if isinstance(error, RefusedError) else error.status
        problem = resources.get(Pages).own(f"refusal.{error.slug()}", language(request), error.detail)
        return _form(request, resources, place, problem=problem, status=status)
    settings = resources.get(ConsoleSettings)
    answer = RedirectResponse(place, 303, headers=HEADERS)
    answer.set_cookie(
        COOKIE, cookie, max_age=settings.session_seconds, path=HOME, secure=settings.behind_tls, httponly=True,
        samesite="lax",
    )  # fmt: skip
    return answer


@router.post("/log-out")
async def log_out(request: Request, visitor: CurrentVisitor, resources: ResourcesDep, _: FormDep) -> Response:
    """Log out, here and at the API."""
    await resources.get(LogIns).end(visitor.log_in, address(request))
    answer = RedirectResponse(f"{HOME}/log-in", 303, headers=HEADERS)
    answer.delete_cookie(COOKIE, path=HOME)
    return answer


@router.post("/choices", dependencies=[Public])
async def choose(request: Request, resources: ResourcesDep, form: FormDep) -> Response:
    """Store the chosen language or theme in a cookie, and redirect to the same page."""
    _, _, before = request.headers.get("Referer", "").partition("://")
    answer = RedirectResponse(_ours(f"/{before.partition('/')[2]}"), 303, headers=HEADERS)
    for cookie, field, known in ((LANGUAGE, "language", LANGUAGES), (THEME, "theme", THEMES)):
        if form.get(field) in known:
            secure = resources.get(ConsoleSettings).behind_tls
            answer.set_cookie(cookie, form[field], max_age=YEAR, path=HOME, secure=secure, samesite="lax")
    return answer


@router.get("")
async def home(visitor: CurrentVisitor) -> Response:
    """Redirect to the first page of the user's role."""
    return RedirectResponse(f"{HOME}/{'orders' if visitor.role == 'admin' else 'kitchen'}", 303, headers=HEADERS)


def _ours(place: str) -> str:
    """Return `place` if it is a page of the console, otherwise the first page."""
    return place if len(place) <= LONGEST_PLACE and OURS.fullmatch(place) else HOME


def _form(
    request: Request, resources: ResourcesDep, place: str, *, expired: str = "", problem: str = "", status: int = 200
) -> Response:
    chosen = language(request)
    pages = resources.get(Pages)
    problem = problem or (pages.text(expired, chosen) if expired else "")
    content = pages.render("log_in.html", chosen, next=place, problem=problem, theme=theme(request), visitor=None)
    return HTMLResponse(content, status, headers=HEADERS)
