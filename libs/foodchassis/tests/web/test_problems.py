"""Every refusal is problem+json and says what to do."""

from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from foodchassis.testing import Issuer


async def test_a_wrong_method_lists_the_allowed_ones(client: AsyncClient) -> None:
    answer = await client.delete("/reviews")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"order_id"', 400),
        ('{"order_id": "\xff"}'.encode("latin-1"), 400),
        ("[]", 422),
        ('{"order_id": 7, "stars": 3}', 422),
        ('{"order_id": "%s", "stars": true}', 422),
        ('{"order_id": "%s", "stars": "3"}', 422),
        ('{"order_id": "%s", "stars": 3.0}', 422),
        ('{"order_id": "%s", "stars": NaN}', 422),
        ('{"order_id": "%s", "stars": 1e999}', 422),
        ('{"order_id": "%s", "stars": 6}', 422),
        ('{"order_id": "%s", "stars": 3, "spam": 1}', 422),
        ('{"order_id": "%s", "stars": 3, "text": "a\\u0000b"}', 422),
        ('{"order_id": "%s", "stars": 3, "text": "\\ud800"}', 422),
        ('{"order_id": "%s", "stars": 3, "\\ud800": "x"}', 422),
        ('{"order_id": "%s", "stars": 3, "text": "%s"}', 422),
    ],
)
async def test_a_bad_body_is_refused_with_its_faults(
    client: AsyncClient, issuer: Issuer, body: str | bytes, status: int
) -> None:
    if isinstance(body, str):
        body = body.replace("%s", str(uuid4()), 1).replace("%s", "x" * 3000).encode()
    headers = {**issuer.bearer(), "Idempotency-Key": "a", "Content-Type": "application/json"}

    answer = await client.post("/reviews", content=body, headers=headers)

    assert answer.status_code == status
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["instance"] == "/reviews"
    assert problem["request_id"] == answer.headers["x-request-id"]


async def test_a_body_over_the_limit_is_413(client: AsyncClient, issuer: Issuer) -> None:
    headers = {**issuer.bearer(), "Idempotency-Key": "a", "Content-Type": "application/json"}

    answer = await client.post("/reviews", content=b" " * 2_000_000, headers=headers)

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_caller_without_a_token_is_refused(client: AsyncClient) -> None:
    answer = await client.post("/reviews", json={})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_another_role_is_refused(client: AsyncClient, issuer: Issuer) -> None:
    answer = await client.post("/reviews", json={}, headers=issuer.bearer("driver"))

    assert answer.status_code == 403


async def test_an_unknown_path_is_404(client: AsyncClient) -> None:
    answer = await client.get("/nothing")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_a_well_formed_request_id_is_kept(client: AsyncClient) -> None:
    answer = await client.get("/reviews", headers={"X-Request-Id": "from-the-gateway"})

    assert answer.headers["x-request-id"] == "from-the-gateway"


async def test_a_malformed_request_id_is_replaced(client: AsyncClient) -> None:
    answer = await client.get("/reviews", headers={"X-Request-Id": "a b\tc"})

    assert UUID(answer.headers["x-request-id"]).version == 7


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=nonsense"])
async def test_a_bad_page_is_refused(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/reviews?{query}")

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("url", "field", "takes"),
    [
        ("/reviews?stars=5", "query.stars", "takes cursor, limit"),
        ("/reviews?limit=5&Cursor=x", "query.Cursor", "takes cursor, limit"),
        ("/health/live?x", "query.x", "takes none"),
        ("/health/live?x=", "query.x", "takes none"),
    ],
)
async def test_an_unknown_query_parameter_is_refused(client: AsyncClient, url: str, field: str, takes: str) -> None:
    answer = await client.get(url)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (fault,) = answer.json()["errors"]
    assert fault == {
        "field": field,
        "message": f"Unknown parameter; this operation {takes}",
        "type": "unknown_parameter",
    }


async def test_known_query_parameters_are_accepted(client: AsyncClient) -> None:
    assert (await client.get("/reviews?limit=5")).status_code == 200
    assert (await client.get("/reviews?")).status_code == 200


async def test_routes_outside_the_api_accept_any_query(client: AsyncClient) -> None:
    assert (await client.get("/openapi.json?theme=dark")).status_code == 200


async def test_access_is_checked_before_query_parameters(client: AsyncClient, issuer: Issuer) -> None:
    callers: list[dict[str, str]] = [{}, issuer.bearer("driver"), issuer.bearer("customer")]

    answers = [await client.post("/reviews?dry=1", json={}, headers=headers) for headers in callers]

    assert [answer.status_code for answer in answers] == [401, 403, 422]
