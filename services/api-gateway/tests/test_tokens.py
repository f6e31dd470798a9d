"""Tokens at the gateway. Tokens that every service must refuse are in tests/security."""

from typing import Any

import pytest

from foodchassis.testing import Issuer


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_valid_token_is_accepted_and_forwarded(gateway: Any, issuer: Issuer, scheme: str) -> None:
    token = issuer.token()

    response = await gateway.http.get("/orders", headers={"Authorization": f"{scheme} {token}"})

    assert response.status_code == 200
    assert gateway.service.seen[0].values("authorization") == [f"{scheme} {token}"]


async def test_a_request_without_a_token_is_forwarded(gateway: Any) -> None:
    basic = await gateway.http.post("/auth/token", headers={"Authorization": "Basic eDp5"})
    none = await gateway.http.get("/restaurants")

    assert (basic.status_code, none.status_code, len(gateway.service.seen)) == (200, 200, 2)


async def test_every_token_is_refused_without_keys(start: Any, issuer: Issuer) -> None:
    gateway = await start(AUTH_JWKS="", AUTH_JWKS_URL="http://127.0.0.1:1/keys")

    response = await gateway.http.get("/orders", headers=issuer.bearer())

    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert gateway.service.seen == []
