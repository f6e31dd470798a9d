"""`If-Match` names the version that a change is meant for."""

from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter
from httpx2 import ASGITransport, AsyncClient

from foodchassis import ExpectedVersion, Public, ServiceSettings, create_service

router = APIRouter(dependencies=[Public])


@router.put("/thing")
async def change(version: ExpectedVersion) -> int | None:
    """Return the version that the caller expects."""
    return version


@pytest.fixture
async def http() -> AsyncIterator[AsyncClient]:
    app = create_service(ServiceSettings(service_name="things", _env_file=None), routers=[router])
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://things") as client,
    ):
        yield client


@pytest.mark.parametrize(("header", "version"), [('"3"', 3), ('"0"', 0), ('"999999999"', 999_999_999), ("*", None)])
async def test_a_version_is_read(http: AsyncClient, header: str, version: int | None) -> None:
    assert (await http.put("/thing", headers={"If-Match": header})).json() == version


async def test_without_the_header_any_version_will_do(http: AsyncClient) -> None:
    assert (await http.put("/thing")).json() is None


@pytest.mark.parametrize("header", ["3", '"-1"', '"x"', 'W/"3"', '"1", "2"', '"1234567890"', ""])
async def test_what_is_no_version_is_refused(http: AsyncClient, header: str) -> None:
    refused = await http.put("/thing", headers={"If-Match": header})

    assert refused.status_code == 422
    assert "If-Match" in refused.text


async def test_the_document_says_that_a_version_may_have_passed() -> None:
    app = create_service(ServiceSettings(service_name="things", _env_file=None), routers=[router])

    assert "412" in app.openapi()["paths"]["/thing"]["put"]["responses"]
