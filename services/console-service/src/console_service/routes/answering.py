"""Responses of pages and forms, with their security headers."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from console_service.adapters.visitor import Visitor

# Scripts, styles and pictures are loaded from the console only, and none is inline.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# The page's script sends this header, and shows the response without leaving the page.
SCRIPTED = "X-Console"


def page(visitor: Visitor, template: str, **context: Any) -> Response:
    """Return a page."""
    return HTMLResponse(visitor.render(template, **context), headers=HEADERS)


def done(request: Request, visitor: Visitor, text: str, back: str, **fields: str) -> Response:
    """Answer a form that succeeded: with a notice and new values of its `fields`, or with a redirect to its page."""
    if SCRIPTED in request.headers:
        notice = visitor.render("notice.html", text=visitor.text(text), bad=False)
        return JSONResponse({"notice": notice, "fields": fields}, headers=HEADERS)
    return RedirectResponse(back, 303, headers=HEADERS)
