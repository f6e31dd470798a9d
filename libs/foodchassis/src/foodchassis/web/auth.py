"""Authentication by bearer token, and the access policy that every route must state."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import OAuth2PasswordBearer
from starlette.routing import BaseRoute

from foodchassis.kernel.errors import ForbiddenError, UnauthorizedError
from foodchassis.kernel.resources import Resources
from foodchassis.messaging.audit import Reads
from foodchassis.web.resources import ResourcesDep
from foodchassis.web.routing import api_routes, dependants
from foodchassis.web.tokens import Principal, TokenVerifier

ADMIN, OWN = "admin", "me"
bearer = OAuth2PasswordBearer(
    tokenUrl="/auth/token", auto_error=False, description="An access token of `POST /auth/token`, as `Bearer`."
)


async def current_user(
    request: Request, resources: ResourcesDep, token: Annotated[str | None, Depends(bearer)]
) -> Principal:
    """Return the caller. Raises UnauthorizedError without a valid access token."""
    if token is None:
        raise UnauthorizedError("Send an access token: `Authorization: Bearer …`.")
    principal = await resources.get(TokenVerifier).verify(token)
    if principal.scopes is not None:
        _check_scopes(request, principal.scopes)
    request.state.principal = principal
    await record_read(request, resources, principal)
    return principal


CurrentUser = Annotated[Principal, Depends(current_user)]


async def record_read(request: Request, resources: Resources, caller: Principal) -> None:
    """Record what an admin reads, before it is read; paths with `/me` are their own data."""
    if ADMIN not in caller.roles or request.method != "GET" or (reads := resources.find(Reads)) is None:
        return
    route: APIRoute = request.scope["route"]
    if OWN in route.path.split("/"):
        return
    objects = set[UUID]()
    for value in (*request.path_params.values(), *request.query_params.values()):
        with suppress(ValueError):
            objects.add(UUID(str(value)))
    await reads.record(caller.id, route.name, objects)


class Scope:
    """Declares that API clients with a scope may use a route."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __call__(self) -> None:
        """Do nothing: `current_user` reads the scopes of the route."""


def scope(name: str) -> Any:
    """Return a dependency that admits API clients whose token has the scope `name`."""
    return Depends(Scope(name))


def scopes_of(route: APIRoute) -> frozenset[str]:
    """Return the scopes that API clients need for a route; without scopes the route is closed to them."""
    return frozenset(one.call.name for one in dependants(route.dependant) if isinstance(one.call, Scope))


def _check_scopes(request: Request, has: frozenset[str]) -> None:
    """Refuse an API client whose token does not have the scopes of the route."""
    needed = scopes_of(request.scope["route"])
    if not needed:
        raise ForbiddenError("API clients cannot use this operation; log in as a user.")
    if missing := sorted(needed - has):
        raise ForbiddenError(f"The access token needs the scope {' '.join(missing)}.")


class RoleGuard:
    """Admits callers that have one of the roles."""

    def __init__(self, roles: Iterable[str]) -> None:
        self._roles = frozenset(roles)
        self.wanted = " or ".join(sorted(self._roles))

    async def __call__(self, user: CurrentUser) -> Principal:
        """Return the caller. Raises ForbiddenError for other roles."""
        if user.roles.isdisjoint(self._roles):
            raise ForbiddenError(f"This needs the role {self.wanted}.")
        return user


def require_role(*roles: str) -> Any:
    """Return a dependency that admits callers with one of `roles`; use it in an Annotated[Principal, …]."""
    return Depends(RoleGuard(roles))


async def _anyone() -> None:
    """Declare that a route needs no access token."""


Public = Depends(_anyone)


def authenticates(dependency: Any) -> bool:
    """Return whether a dependency requires an access token."""
    return dependency is current_user or getattr(dependency, "authenticates", False)


class MissingPolicyError(RuntimeError):
    """A route declares neither an authentication nor that it is public."""


def check_policies(routes: Iterable[BaseRoute]) -> None:
    """Raise MissingPolicyError for a route without a policy."""
    for route in api_routes(routes):
        if not any(one.call is _anyone or authenticates(one.call) for one in dependants(route.dependant)):
            raise MissingPolicyError(
                f"{sorted(route.methods or ())} {route.path} states no policy: "
                "take a CurrentUser, a require_role, or add dependencies=[Public]."
            )
