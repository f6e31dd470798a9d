"""A foreign issuer as documented in docs/foreign-issuer.md: Keycloak's tokens and rotated keys."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from aiohttp import web
from e2e.running import ROOT
from fastapi import APIRouter
from joserfc import jwt
from joserfc.jwk import RSAKey

from foodchassis import Principal, ServiceSettings, create_service, require_role
from foodchassis.web import keys

PAGE = (ROOT / "docs" / "foreign-issuer.md").read_text("utf-8")
SETTINGS = dict(re.findall(r"^(AUTH_\w+)=(.*)$", PAGE, re.MULTILINE))
CERTS = "/realms/food/protocol/openid-connect/certs"
router = APIRouter()


@router.get("/work")
async def work(driver: Annotated[Principal, require_role("driver")]) -> dict[str, str]:
    """Return the caller."""
    return {"id": str(driver.id)}


class Keycloak:
    """Serves a realm's keys, including an encryption key, and issues its tokens."""

    def __init__(self) -> None:
        self.signing = [self._key("sig", "RS256")]
        self._encrypting = self._key("enc", "RSA-OAEP")

    @property
    def url(self) -> str:
        """The URL of the realm."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get(CERTS, self._certs)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    def rotate(self, *, remove: bool = False) -> None:
        """Sign with a new key; the old one stays published unless it is removed."""
        self.signing = [self._key("sig", "RS256"), *([] if remove else self.signing)]

    def token(self, **claims: Any) -> str:
        """Issue an access token as Keycloak 26 does, signed with the active key."""
        key, now = self.signing[0], int(time.time())
        usual = {
            "exp": now + 300, "iat": now, "jti": f"onrtac:{uuid4()}", "iss": SETTINGS["AUTH_ISSUER"],
            "aud": ["foodapp", "account"], "sub": str(uuid4()), "typ": "Bearer", "azp": "web",
            "sid": str(uuid4()), "acr": "1",
            "allowed-origins": ["https://food.example.com"],
            "realm_access": {"roles": ["default-roles-food", "offline_access", "driver"]},
            "resource_access": {"foodapp": {"roles": ["driver"]}, "account": {"roles": ["manage-account"]}},
            "scope": "openid email profile", "email_verified": True, "preferred_username": "dora",
        }  # fmt: skip
        header = {"alg": "RS256", "typ": "JWT", "kid": str(key.kid)}
        return jwt.encode(header, {**usual, **claims}, key, algorithms=["RS256"])

    async def _certs(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [one.as_dict(private=False) for one in (self._encrypting, *self.signing)]})

    @staticmethod
    def _key(use: str, algorithm: str) -> RSAKey:
        parameters: Any = {"use": use, "alg": algorithm, "kid": uuid4().hex}
        return RSAKey.generate_key(2048, parameters)


@pytest_asyncio.fixture
async def keycloak() -> AsyncIterator[Keycloak]:
    realm = Keycloak()
    await realm.start()
    yield realm
    await realm.stop()


@asynccontextmanager
async def serving(keycloak: Keycloak, **changed: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Start a service with the settings of the page, some of them changed."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(keys, "REFETCH_SECONDS", 0)
        for name, value in {**SETTINGS, "AUTH_JWKS_URL": keycloak.url + CERTS, **changed}.items():
            patched.setenv(name, value)
        app = create_service(ServiceSettings(service_name="test-service", _env_file=None), routers=[router])
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://x") as http,
        ):
            yield http


@pytest_asyncio.fixture
async def service(keycloak: Keycloak) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(keycloak) as http:
        yield http


async def ask(service: httpx2.AsyncClient, token: str) -> int:
    return (await service.get("/work", headers={"Authorization": f"Bearer {token}"})).status_code


def test_the_page_shows_every_setting_that_differs() -> None:
    assert SETTINGS.keys() == {
        name.upper() for name in ServiceSettings.model_fields if name.startswith("auth_")
    } - {"AUTH_JWKS", "AUTH_JWKS_SECONDS", "AUTH_JWKS_STALE_SECONDS", "AUTH_LEEWAY_SECONDS"}  # fmt: skip


async def test_a_token_of_keycloak_is_accepted(keycloak: Keycloak, service: httpx2.AsyncClient) -> None:
    subject = str(uuid4())

    answer = await service.get("/work", headers={"Authorization": f"Bearer {keycloak.token(sub=subject)}"})

    assert (answer.status_code, answer.json()) == (200, {"id": subject})
    assert await ask(service, keycloak.token(aud="foodapp")) == 200


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"realm_access": {"roles": ["customer"]}}, 403),
        ({"realm_access": {}}, 403),
        ({"realm_access": None, "roles": ["driver"]}, 401),
        ({"aud": "account"}, 401),
        ({"aud": "web", "typ": "ID"}, 401),
        ({"iss": "https://id.example.com/realms/other"}, 401),
        ({"exp": 1}, 401),
    ],
)
async def test_other_tokens_of_keycloak_are_refused(
    keycloak: Keycloak, service: httpx2.AsyncClient, claims: dict[str, Any], status: int
) -> None:
    assert await ask(service, keycloak.token(**claims)) == status


async def test_roles_of_a_client_can_be_used(keycloak: Keycloak) -> None:
    async with serving(keycloak, AUTH_ROLES_CLAIM="resource_access.foodapp.roles") as service:
        assert await ask(service, keycloak.token(realm_access={"roles": []})) == 200
        assert await ask(service, keycloak.token(resource_access={"account": {"roles": ["driver"]}})) == 403


async def test_a_rotation_refuses_no_token_and_a_removed_key_all(
    keycloak: Keycloak, service: httpx2.AsyncClient
) -> None:
    old = keycloak.token()
    assert await ask(service, old) == 200

    keycloak.rotate()
    assert [await ask(service, token) for token in (keycloak.token(), old)] == [200, 200]

    keycloak.rotate(remove=True)
    assert [await ask(service, token) for token in (keycloak.token(), old)] == [200, 401]


async def test_an_unreachable_issuer_is_503_and_not_401(keycloak: Keycloak, service: httpx2.AsyncClient) -> None:
    await keycloak.stop()

    assert await ask(service, keycloak.token()) == 503
