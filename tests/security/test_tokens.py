"""Neither the gateway nor a service accepts a forged, foreign or malformed token."""

import httpx2
import pytest
from e2e.running import Running
from security.forging import Forger, hostile

from foodctl.catalog import service_named


@pytest.mark.parametrize("place", ["gateway", "order"])
async def test_no_hostile_token_is_accepted(running: Running, forger: Forger, place: str) -> None:
    tokens = hostile(forger)
    wrong = {}
    async with httpx2.AsyncClient(base_url=running.system.url(service_named(place))) as http:
        assert (await _ask(http, forger.token())).status_code == 200
        for name, token in tokens.items():
            answer = await _ask(http, token)
            kind = answer.headers["content-type"]
            asked = answer.headers.get("www-authenticate", "").startswith("Bearer")
            if (answer.status_code, kind, asked) != (401, "application/problem+json", True):
                wrong[name] = (answer.status_code, answer.text)
    assert wrong == {}
    assert len(tokens) >= 40


async def _ask(http: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await http.get("/orders", headers={b"Authorization": b"Bearer " + token.encode("latin-1")})
