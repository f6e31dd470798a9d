"""Every route declares its access policy; refusals give the reason."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter, FastAPI
from httpx2 import ASGITransport, AsyncClient

from foodchassis import CurrentUser, Principal, Public, ServiceSettings, create_service, require_role
from foodchassis.testing import Issuer
from foodchassis.web import scope
from foodchassis.web.auth import MissingPolicyError

Keeper = Annotated[Principal, require_role("keeper", "owner")]
inner = APIRouter(prefix="/inner")
router = APIRouter(prefix="/doors")


@inner.get("/mine")
async def mine(user: CurrentUser) -> str:
    """Return the caller."""
    return str(user.id)


@router.get("/kept")
async def kept(user: Keeper) -> str:
    """Return the keeper."""
    return str(user.id)


@router.get("/read", dependencies=[scope("doors:read")])
async def read(user: Keeper) -> list[str]:
    """Return the user for whom the caller acts, the id for limits, and the object it is bound to."""
    return [str(user.id), user.caller, str(user.bound_to)]


@router.get("/open", dependencies=[Public])
async def opened() -> str:
    """Admit all callers."""
    return "open"


router.include_router(inner)


def service(*routers: APIRouter, **settings: Any) -> FastAPI:
    return create_service(ServiceSettings(service_name="doors", _env_file=None, **settings), routers=routers)


@pytest.fixture
async def http(issuer: Issuer) -> AsyncIterator[AsyncClient]:
    app = service(router, auth_jwks=issuer.jwks)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://doors") as client,
    ):
        yield client


async def test_a_public_route_needs_no_token(http: AsyncClient) -> None:
    assert (await http.get("/doors/open")).json() == "open"


async def test_the_caller_is_the_subject_of_the_token(http: AsyncClient, issuer: Issuer) -> None:
    caller = uuid4()

    assert (await http.get("/doors/inner/mine", headers=issuer.bearer("guest", caller))).json() == str(caller)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}])
async def test_a_request_without_a_token_is_refused(http: AsyncClient, headers: dict[str, str]) -> None:
    refused = await http.get("/doors/inner/mine", headers=headers)

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


async def test_an_invalid_token_is_refused(http: AsyncClient) -> None:
    refused = await http.get("/doors/inner/mine", headers={"Authorization": "Bearer bad"})

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(("role", "status"), [("keeper", 200), ("owner", 200), ("guest", 403), ("Keeper", 403)])
async def test_one_of_several_roles_is_enough(http: AsyncClient, issuer: Issuer, role: str, status: int) -> None:
    answer = await http.get("/doors/kept", headers=issuer.bearer(role))

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["detail"] == "This needs the role keeper or owner."


async def test_access_is_checked_before_parameters(http: AsyncClient, issuer: Issuer) -> None:
    statuses = {
        role: (await http.get("/doors/kept?unknown=1", headers=issuer.bearer(role) if role else {})).status_code
        for role in ("", "guest", "keeper")
    }

    assert statuses == {"": 401, "guest": 403, "keeper": 422}


async def test_a_service_with_a_route_without_a_policy_does_not_start() -> None:
    forgotten, outer = APIRouter(prefix="/deep"), APIRouter(prefix="/forgotten")

    @forgotten.get("/route")
    async def route() -> None:
        """Have no access policy."""

    outer.include_router(forgotten)
    app = service(outer)

    with pytest.raises(MissingPolicyError, match=r"route states no policy: take a CurrentUser"):
        async with app.router.lifespan_context(app):
            pass


async def test_an_api_client_uses_routes_of_its_scopes(http: AsyncClient, issuer: Issuer) -> None:
    user, machine, room = (str(uuid4()) for _ in range(3))
    claims: dict[str, Any] = {"sub": machine, "sid": machine, "acts_for": user, "bound_to": room}

    async def answer(path: str, **more: str) -> tuple[int, Any]:
        found = await http.get(path, headers=issuer.bearer("keeper", **claims | more))
        return found.status_code, found.json()

    assert await answer("/doors/read", scope="doors:read windows:read") == (200, [user, UUID(user).hex, room])
    assert (await answer("/doors/open", scope="")) == (200, "open")
    for path, scope_name, why in (
        ("/doors/read", "windows:read", "The access token needs the scope doors:read."),
        ("/doors/kept", "doors:read", "API clients cannot use this operation; log in as a user."),
    ):
        status, problem = await answer(path, scope=scope_name)
        assert (status, problem["detail"]) == (403, why)
    assert (await answer("/doors/read"))[0] == 403


async def test_the_scope_of_a_users_token_is_ignored(http: AsyncClient, issuer: Issuer) -> None:
    user = uuid4()
    headers = issuer.bearer("keeper", user, scope="openid profile")

    assert (await http.get("/doors/read", headers=headers)).json() == [str(user), user.hex, "None"]
    assert (await http.get("/doors/kept", headers=headers)).status_code == 200
