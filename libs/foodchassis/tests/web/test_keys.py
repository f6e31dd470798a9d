"""Keys that an issuer serves: their lifetime, and the behaviour when it is unreachable."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from aiohttp import web
from fastapi import APIRouter

from devservers.ports import free_ports
from foodchassis import CurrentUser, ServiceSettings, create_service
from foodchassis.testing import Issuer, eventually
from foodchassis.web import keys
from foodchassis.web.keys import KeysUnavailableError
from foodchassis.web.tokens import InvalidTokenError, TokenVerifier


class Served:
    """An issuer's JWKS on a real port; `keys` may change, and the server may go away."""

    def __init__(self, *issuers: Issuer) -> None:
        self.issuers = list(issuers)
        self.cache_control = "max-age=300"
        self.body: str | None = None
        self.asked = 0
        [self.port] = free_ports(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/jwks.json"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/jwks.json", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        document = {"keys": [issuer.key.as_dict(private=False) for issuer in self.issuers]}
        body = json.dumps(document) if self.body is None else self.body
        return web.Response(text=body, headers={"Cache-Control": self.cache_control})


OLD, NEW = Issuer("old"), Issuer("new", "ES256")


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Served]:
    server = Served(OLD)
    await server.start()
    yield server
    await server.stop()


Verifier = Callable[..., TokenVerifier]


@pytest_asyncio.fixture
async def verifier(served: Served) -> AsyncIterator[Verifier]:
    made: list[TokenVerifier] = []

    def make(**changes: Any) -> TokenVerifier:
        settings = ServiceSettings(service_name="x", auth_jwks_url=served.url, _env_file=None, **changes)
        made.append(TokenVerifier(settings))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def refused(verifying: TokenVerifier, text: str) -> bool:
    try:
        await verifying.verify(text)
    except InvalidTokenError:
        return True
    return False


async def test_a_new_key_is_trusted_at_once(
    served: Served, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "REFETCH_SECONDS", 0)
    verifying = verifier()
    await verifying.verify(OLD.token())
    served.issuers = [NEW, OLD]

    assert (await verifying.verify(NEW.token("driver"))).roles == {"driver"}
    assert (await verifying.verify(OLD.token("driver"))).roles == {"driver"}


async def test_a_removed_key_stops_being_trusted_for_cached_tokens_too(served: Served, verifier: Verifier) -> None:
    verifying, token = verifier(auth_jwks_seconds=0.2), OLD.token()
    await verifying.verify(token)
    served.issuers = [NEW]

    async def gone() -> bool:
        return await refused(verifying, token)

    assert await eventually(gone, 5)


async def test_the_issuers_cache_control_limits_the_lifetime_of_keys(
    served: Served, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "REFETCH_SECONDS", 0)
    served.cache_control = "public, max-age=0"
    verifying = verifier()
    await verifying.verify(OLD.token())
    served.issuers = [NEW]

    assert await refused(verifying, OLD.token())


async def test_keys_are_refreshed_in_the_background(served: Served, verifier: Verifier) -> None:
    verifying, token = verifier(auth_jwks_seconds=0.4), OLD.token()
    await verifying.verify(token)

    async def asked_again() -> bool:
        await verifying.verify(token)
        return served.asked >= 3

    assert await eventually(asked_again, 10)


async def test_the_keys_of_an_unreachable_issuer_are_trusted_a_while_longer(served: Served, verifier: Verifier) -> None:
    verifying, token = verifier(auth_jwks_seconds=0.2, auth_jwks_stale_seconds=1.5), OLD.token()
    await verifying.verify(token)
    await served.stop()
    await verifying.verify(token)

    async def unavailable() -> bool:
        try:
            await verifying.verify(token)
        except KeysUnavailableError:
            return True
        return False

    assert await eventually(unavailable, 10)
    await served.start()

    async def back() -> bool:
        return not await unavailable()

    assert await eventually(back, 10)


async def test_an_unreachable_issuer_is_not_an_invalid_token(
    served: Served, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "REFETCH_SECONDS", 0)
    verifying = verifier()
    await verifying.verify(OLD.token())
    await served.stop()

    with pytest.raises(KeysUnavailableError) as refusal:
        await verifying.verify(NEW.token())
    assert (refusal.value.status, refusal.value.retry_after) == (503, 2)
    assert await refused(verifying, OLD.token(iss="http://other"))


@pytest.mark.parametrize("body", ["", "[]", "{}", "no JSON", '{"keys": 7}', '{"keys": [{"kty": "x"}]}'])
async def test_an_issuer_that_serves_no_keys_is_unavailable(served: Served, verifier: Verifier, body: str) -> None:
    served.body = body

    with pytest.raises(KeysUnavailableError):
        await verifier().verify(OLD.token())


async def test_fetches_for_unknown_key_ids_are_limited(served: Served, verifier: Verifier) -> None:
    verifying = verifier()

    for number in range(20):
        assert await refused(verifying, Issuer(str(number)).token())

    assert served.asked == 1


async def test_a_service_answers_503_while_it_has_no_keys() -> None:
    router = APIRouter()

    @router.get("/me")
    async def me(user: CurrentUser) -> str:
        return str(user.id)

    settings = ServiceSettings(service_name="x", auth_jwks_url="http://127.0.0.1:1/keys", _env_file=None)
    app = create_service(settings, routers=[router])
    transport = httpx2.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get("/me", headers=OLD.bearer())

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Content-Type"] == "application/problem+json"
