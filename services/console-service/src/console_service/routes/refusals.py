"""Error handlers: an error becomes a page, or a notice on the page that sent the request."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic_core import from_json
from starlette.exceptions import HTTPException

from console_service.adapters.pages import Pages
from console_service.errors import LoggedOutError, RefusedError
from console_service.routes.answering import HEADERS, SCRIPTED
from console_service.routes.visitor import COOKIE, language, theme
from foodchassis.kernel import ServiceError

LOG_IN = "/console/log-in"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
Handler = Callable[[Request, Any], Any]


async def to_the_log_in(request: Request, _: Exception) -> Response:
    """Redirect to the log-in page, which redirects back afterwards."""
    path = request.url.path
    place = path + (f"?{request.url.query}" if request.url.query else "")
    parameters = {"next": place} if request.method == "GET" and not path.endswith("/stream") else {}
    expired = {"expired": "1"} if COOKIE in request.cookies else {}
    place = f"{LOG_IN}?{urlencode({**parameters, **expired})}" if parameters or expired else LOG_IN
    if SCRIPTED in request.headers or "text/event-stream" in request.headers.get("Accept", ""):
        return JSONResponse({"location": place}, 401, headers=HEADERS)
    return RedirectResponse(place, 303, headers=HEADERS)


async def refused(request: Request, error: Exception) -> Response:
    """Answer with the API's title and detail."""
    assert isinstance(error, RefusedError)
    return _answer(request, error.answered, error.words, error.detail)


def as_page(otherwise: Handler) -> Handler:
    """Return a handler that answers like `otherwise`, but as a page in the user's language for requests of pages."""

    async def handle(request: Request, error: Exception) -> Response:
        answer: Response = await otherwise(request, error)
        if not request.url.path.startswith("/console"):
            return answer
        problem = from_json(bytes(answer.body))
        slug, pages = problem["type"].rpartition("/")[2], request.app.state.resources.get(Pages)
        title, detail = (
            pages.own(f"{section}.{slug}", language(request), problem[part])
            for section, part in (("refusal_title", "title"), ("refusal", "detail"))
        )
        return _answer(request, answer.status_code, title, detail, answer.headers)

    return handle


def install(app: FastAPI) -> None:
    """Install the handlers for all errors below /console."""
    for kind in (ServiceError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, as_page(app.exception_handlers[kind]))
    app.add_exception_handler(LoggedOutError, to_the_log_in)
    app.add_exception_handler(RefusedError, refused)


def _answer(request: Request, status: int, title: str, detail: str, more: Mapping[str, str] = NO_HEADERS) -> Response:
    pages: Pages = request.app.state.resources.get(Pages)
    headers = HEADERS | {name: more[name] for name in ("Allow", "Retry-After") if name in more}
    if SCRIPTED in request.headers:
        notice = pages.render("notice.html", language(request), text=f"{title}: {detail}", bad=True)
        return JSONResponse({"notice": notice}, status, headers=headers)
    words = {"title": title, "detail": detail}
    content = pages.render("refused.html", language(request), theme=theme(request), visitor=None, **words)
    return HTMLResponse(content, status, headers=headers)
