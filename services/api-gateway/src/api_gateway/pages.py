"""HTML pages: the API reference, without external assets, and the kinds of problems."""

from html import escape
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api_gateway.documents import Documents
from foodchassis import NotFoundError

ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "favicon.png": "image/png"}
HEADERS = {
    # Swagger UI needs inline styles; everything else is loaded from the gateway.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/docs/assets/favicon.png">
"""
REFERENCE = (
    HEAD.format(title="API reference")
    + """<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""
)
START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#reference", deepLinking: true, persistAuthorization: false, validatorUrl: null,
  layout: "BaseLayout", presets: [SwaggerUIBundle.presets.apis], defaultModelsExpandDepth: 0, docExpansion: "list",
  tryItOutEnabled: true
});
"""


class NoSuchProblemError(NotFoundError):
    """There is no such kind of problem; `/problems` lists all."""

    title = "There is no such kind of problem"


class NoSuchAssetError(NotFoundError):
    """There is no such asset."""

    title = "There is no such file"


async def reference(_: Request) -> Response:
    """Show the API reference, which begins with how to log in and place an order."""
    return HTMLResponse(REFERENCE, headers=HEADERS)


async def asset(request: Request) -> Response:
    """Return an asset of the reference."""
    name = request.path_params["name"]
    headers = {"Cache-Control": "public, max-age=3600"}
    if name == "start.js":
        return Response(START, headers=headers, media_type="text/javascript")
    if name not in ASSETS:
        raise NoSuchAssetError
    return Response(
        files("fastapi_offline").joinpath("static", name).read_bytes(), headers=headers, media_type=ASSETS[name]
    )


async def problems(request: Request) -> Response:
    """List all kinds of problems of the services that are up."""
    rows = "\n".join(_row(kind) for kind in await _kinds(request))
    table = f"<table>\n<tr><th>type<th>status<th>title<th>meaning</tr>\n{rows}\n</table>"
    return _page("Kinds of problems", f"<p>Each links to the page in the <code>type</code> of a problem.</p>\n{table}")


async def problem(request: Request) -> Response:
    """Describe one kind of problem, the target of its `type`."""
    slug = request.path_params["slug"]
    kind = next((one for one in await _kinds(request) if one["slug"] == slug), None)
    if kind is None:
        raise NoSuchProblemError
    status = HTTPStatus(kind["status"])
    meaning = "".join(f"<p>{escape(part)}</p>\n" for part in kind["meaning"].split("\n\n"))
    text = f"<p>Status {status} {status.phrase}, type <code>/problems/{escape(slug)}</code>.</p>\n{meaning}"
    more = '<p>The <code>detail</code> of each problem says what to do. See <a href="/problems">all kinds</a>.</p>'
    return _page(kind["title"], text + more)


async def _kinds(request: Request) -> list[dict[str, Any]]:
    documents: Documents = request.app.state.resources.get(Documents)
    return (await documents.joined(request.app.openapi())).problems


def _row(kind: dict[str, Any]) -> str:
    slug = escape(kind["slug"])
    link = f'<a href="/problems/{slug}"><code>/problems/{slug}</code></a>'
    return f"<tr><td>{link}<td>{kind['status']}<td>{escape(kind['title'])}<td>{escape(kind['meaning'])}</tr>"


def _page(title: str, body: str) -> Response:
    head = HEAD.format(title=escape(title))
    return HTMLResponse(f"{head}</head>\n<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n", headers=HEADERS)


def install(app: FastAPI) -> None:
    """Serve the pages."""
    app.router.routes[:0] = [
        Route("/docs", reference, include_in_schema=False),
        Route("/docs/assets/{name}", asset, include_in_schema=False),
        Route("/problems", problems, include_in_schema=False),
        Route("/problems/{slug}", problem, include_in_schema=False),
    ]
