"""Only clients that use deprecated parts get warning headers."""

from datetime import date
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from httpx2 import ASGITransport, AsyncClient
from pydantic import Field

from foodchassis import NotFoundError, Public, Schema, ServiceSettings, create_service
from foodchassis.web import Deprecation

ROUTE = Deprecation(since=date(2026, 1, 1), sunset=date(2027, 6, 1))
FIELD = Deprecation(since=date(2026, 3, 1), sunset=date(2027, 3, 1))
router = APIRouter(prefix="/things", tags=["things"])


class Thing(Schema):
    """An object."""

    name: str = Field(default="a", examples=["a"])
    """Its name."""
    title: Annotated[str, FIELD] = Field(default="a", examples=["a"])
    """Its former name field."""


class ThingPublic(Schema):
    """An object in a response."""

    title: str = Field(examples=["a"], json_schema_extra=FIELD.documented)
    """Its former name field."""


@router.post("/new", dependencies=[Public])
async def make(body: Thing) -> ThingPublic:
    """Create an object."""
    return ThingPublic(title=body.name)


@router.post("/old", dependencies=[Public, Depends(ROUTE)])
async def make_before(body: Thing) -> ThingPublic:
    """Create an object by the deprecated route."""
    if body.name == "refused":
        raise NotFoundError
    return ThingPublic(title=body.name)


@pytest.fixture
def app() -> FastAPI:
    return create_service(ServiceSettings(service_name="things", _env_file=None), routers=[router])


@pytest.mark.parametrize(
    ("path", "body", "since", "sunset"),
    [
        ("new", {"name": "b"}, None, None),
        ("new", {"title": "b"}, "@1772323200", "Mon, 01 Mar 2027 00:00:00 GMT"),
        ("old", {"name": "b"}, "@1767225600", "Tue, 01 Jun 2027 00:00:00 GMT"),
        # An error response, with the earliest dates of two deprecations.
        ("old", {"name": "refused"}, "@1767225600", "Tue, 01 Jun 2027 00:00:00 GMT"),
        ("old", {"title": "b"}, "@1767225600", "Mon, 01 Mar 2027 00:00:00 GMT"),
    ],
)
async def test_uses_of_deprecated_parts_get_warning_headers(
    app: FastAPI, path: str, body: dict[str, str], since: str | None, sunset: str | None
) -> None:
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        answer = await client.post(f"/things/{path}", json=body)

    headers = answer.headers
    assert answer.status_code == (404 if body.get("name") == "refused" else 200)
    assert (headers.get("deprecation"), headers.get("sunset")) == (since, sunset)
    assert headers.get("link") == ('</docs>; rel="deprecation"; type="text/html"' if since else None)


def test_the_document_marks_deprecated_parts(app: FastAPI) -> None:
    document: dict[str, Any] = app.openapi()
    fields = document["components"]["schemas"]
    marks = {"deprecated": True, "x-deprecated-since": "2026-03-01", "x-sunset": "2027-03-01"}

    for schema in ("Thing", "ThingPublic"):
        assert marks.items() <= fields[schema]["properties"]["title"].items()
    old, new = (document["paths"][f"/things/{path}"]["post"] for path in ("old", "new"))
    assert (old["deprecated"], old["x-sunset"], "deprecated" in new) == (True, "2027-06-01", False)
    for operation in (old, new):
        assert {"Deprecation", "Sunset"} <= operation["responses"]["200"]["headers"].keys()
