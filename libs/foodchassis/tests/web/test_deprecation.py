"""Clients that use what is deprecated are warned, and no others."""

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
    """Something."""

    name: str = Field(default="a", examples=["a"])
    """Its name."""
    title: Annotated[str, FIELD] = Field(default="a", examples=["a"])
    """Its name, as it was called before."""


class ThingPublic(Schema):
    """Something as it is shown."""

    title: str = Field(examples=["a"], json_schema_extra=FIELD.documented)
    """Its name, as it was called before."""


@router.post("/new", dependencies=[Public])
async def make(body: Thing) -> ThingPublic:
    """Make something."""
    return ThingPublic(title=body.name)


@router.post("/old", dependencies=[Public, Depends(ROUTE)])
async def make_before(body: Thing) -> ThingPublic:
    """Make something, or refuse it."""
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
        # Refused all the same, and of two warnings the first of each.
        ("old", {"name": "refused"}, "@1767225600", "Tue, 01 Jun 2027 00:00:00 GMT"),
        ("old", {"title": "b"}, "@1767225600", "Mon, 01 Mar 2027 00:00:00 GMT"),
    ],
)
async def test_who_uses_it_is_warned(
    app: FastAPI, path: str, body: dict[str, str], since: str | None, sunset: str | None
) -> None:
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        answer = await client.post(f"/things/{path}", json=body)

    headers = answer.headers
    assert answer.status_code == (404 if body.get("name") == "refused" else 200)
    assert (headers.get("deprecation"), headers.get("sunset")) == (since, sunset)
    assert headers.get("link") == ('</docs>; rel="deprecation"; type="text/html"' if since else None)


def test_the_document_says_it(app: FastAPI) -> None:
    document: dict[str, Any] = app.openapi()
    fields = document["components"]["schemas"]
    marks = {"deprecated": True, "x-deprecated-since": "2026-03-01", "x-sunset": "2027-03-01"}

    for schema in ("Thing", "ThingPublic"):
        assert marks.items() <= fields[schema]["properties"]["title"].items()
    old, new = (document["paths"][f"/things/{path}"]["post"] for path in ("old", "new"))
    assert (old["deprecated"], old["x-sunset"], "deprecated" in new) == (True, "2027-06-01", False)
    for operation in (old, new):
        assert {"Deprecation", "Sunset"} <= operation["responses"]["200"]["headers"].keys()
