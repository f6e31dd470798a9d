"""A change names the versions it is meant for; an answer names the version that it shows."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter
from httpx2 import ASGITransport, AsyncClient

from foodchassis import Public, Schema, ServiceSettings, create_service
from foodchassis.web import ExpectedVersion, Tagged

router = APIRouter(prefix="/pages", dependencies=[Public])


class PagePublic(Schema):
    version: int


@router.get("/{version}")
async def read_page(version: int, tagged: Tagged) -> PagePublic:
    """Return a page in this version."""
    return tagged(PagePublic(version=version))


@router.put("")
async def write_page(expected: ExpectedVersion) -> list[int] | None:
    """Return the versions that the change is meant for."""
    return None if expected is None else sorted(expected)


@pytest.fixture
async def http() -> AsyncIterator[AsyncClient]:
    app = create_service(ServiceSettings(service_name="pages", _env_file=None), routers=[router])
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://pages") as client,
    ):
        yield client


async def test_an_answer_is_tagged_with_its_version(http: AsyncClient) -> None:
    answer = await http.get("/pages/7")

    assert (answer.json(), answer.headers["ETag"]) == ({"version": 7}, '"7"')


@pytest.mark.parametrize(
    ("given", "versions"),
    [
        (None, None),
        ("*", None),
        ('"3"', [3]),
        # Tags that this service never gives are those of no version.
        *((tag, []) for tag in ('"003"', '""', '"-1"', '"1.0"', '"x"', 'W/"3"', '"1234567890"')),
        ('"3", "5"', [3, 5]),
        ('"5"\t ,"3","5"', [3, 5]),
        ('"999999999"', [999_999_999]),
        (", ".join(f'"{number}"' for number in range(1, 21)), [*range(1, 21)]),
    ],
)
async def test_a_change_names_its_versions(http: AsyncClient, given: str | None, versions: list[int] | None) -> None:
    answer = await http.put("/pages", headers={} if given is None else {"If-Match": given})

    assert (answer.status_code, answer.json()) == (200, versions)


@pytest.mark.parametrize(
    "given",
    [
        "", "3", '"', '"\u0663"', '"3" "5"', '"3",', ',"3"', '*, "3"', '"3", *',
        ", ".join(f'"{number}"' for number in range(21)), '"' * 5_000,
    ],
)  # fmt: skip
async def test_what_names_no_version_is_refused_with_its_place(http: AsyncClient, given: str) -> None:
    answer = await http.put("/pages", headers={b"If-Match": given.encode()})

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert [fault["field"] for fault in answer.json()["errors"]] == ["header.If-Match"]


async def test_documents_say_so(http: AsyncClient) -> None:
    paths: Any = (await http.get("/openapi.json")).json()["paths"]
    read, write = paths["/pages/{version}"]["get"], paths["/pages"]["put"]

    assert "ETag" in read["responses"]["200"]["headers"]
    assert "412" in write["responses"]
    assert "412" not in read["responses"]
