"""No forged, foreign, misshapen or revoked token is taken, neither at the gateway nor by a service itself."""

import httpx2
import pytest
from e2e.running import Running
from security.forging import Forger, hostile
from security.operations import Call
from security.world import World, client, newcomer

from foodctl.catalog import SERVICES, service_named
from foodctl.scene import until


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


@pytest.mark.parametrize("ending", ["log-out", "erasure"])
async def test_a_log_in_that_has_ended_is_refused_by_every_service_itself(
    running: Running, world: World, calls: list[Call], ending: str
) -> None:
    """One call of each service that anybody with a token may make, past the gateway."""
    token, _ = await newcomer(world, "restaurant")
    asked = {}
    for service in SERVICES:
        document = httpx2.get(f"{running.system.url(service)}/openapi.json")
        own = {one["operationId"] for path in document.json()["paths"].values() for one in path.values()}
        found = [one for one in calls if one.name in own and one.method == "GET" and "{" not in one.path]
        fit = [one for one in found if one.policy["roles"] == "any" or "restaurant" in one.policy["roles"]]
        if service.has_database:
            asked[service] = fit[0].path

    async def answers() -> dict[str, int]:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient() as http:
            urls = {one.name: f"{running.system.url(one)}{path}" for one, path in asked.items()}
            return {name: (await http.get(url, headers=headers)).status_code for name, url in urls.items()}

    assert await answers() == dict.fromkeys([one.name for one in asked], 200)
    async with client(world) as http:
        path = "/users/me/sessions" if ending == "log-out" else "/users/me"
        assert (await http.delete(path, headers={"Authorization": f"Bearer {token}"})).is_success

    async def refused() -> bool:
        return set((await answers()).values()) == {401}

    assert await until(refused)
    assert len(asked) == 5


async def _ask(http: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await http.get("/orders", headers={b"Authorization": b"Bearer " + token.encode("latin-1")})
