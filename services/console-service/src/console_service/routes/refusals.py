"""What the console refuses, as a page or as a notice on the page that asked."""

from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from console_service.adapters.pages import Pages
from console_service.errors import ApiDownError, ForeignPageError, LoggedOutError, OtherRoleError, RefusedError
from console_service.routes.answering import HEADERS, SCRIPTED
from console_service.routes.visitor import COOKIE, language, theme
from foodchassis.kernel import ServiceError

LOG_IN = "/console/log-in"


async def to_the_log_in(request: Request, _: Exception) -> Response:
    """Send a browser to the log-in, and back to where it was after that."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    asked = {"next": path} if request.method == "GET" and not path.endswith("/stream") else {}
    expired = {"expired": "1"} if COOKIE in request.cookies else {}
    place = f"{LOG_IN}?{urlencode({**asked, **expired})}" if asked or expired else LOG_IN
    if SCRIPTED in request.headers or "text/event-stream" in request.headers.get("Accept", ""):
        return JSONResponse({"location": place}, 401, headers=HEADERS)
    return RedirectResponse(place, 303, headers=HEADERS)


async def refused(request: Request, error: Exception) -> Response:
    """Answer with the refusal's own words."""
    assert isinstance(error, ServiceError)
    status = error.answered if isinstance(error, RefusedError) else error.status
    title = error.words if isinstance(error, RefusedError) else error.title
    pages: Pages = request.app.state.resources.get(Pages)
    words = {"title": title, "detail": error.detail}
    if SCRIPTED in request.headers:
        notice = pages.render("notice.html", language(request), text=f"{title}: {error.detail}", bad=True)
        return JSONResponse({"notice": notice}, status, headers=HEADERS)
    content = pages.render("refused.html", language(request), theme=theme(request), visitor=None, **words)
    return HTMLResponse(content, status, headers=HEADERS)


def install(app: FastAPI) -> None:
    """Have the console's own refusals answered so."""
    app.add_exception_handler(LoggedOutError, to_the_log_in)
    for kind in (RefusedError, ApiDownError, OtherRoleError, ForeignPageError):
        app.add_exception_handler(kind, refused)
