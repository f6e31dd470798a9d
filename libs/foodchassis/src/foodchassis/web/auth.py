"""Authentication: the caller behind the bearer token, and the policy that every route must state."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import OAuth2PasswordBearer
from starlette.routing import BaseRoute

from foodchassis.kernel.errors import ForbiddenError, UnauthorizedError
from foodchassis.web.resources import ResourcesDep
from foodchassis.web.routing import api_routes
from foodchassis.web.tokens import Principal, TokenVerifier

bearer = OAuth2PasswordBearer(tokenUrl="/auth/token", auto_error=False)


async def current_user(
    request: Request, resources: ResourcesDep, token: Annotated[str | None, Depends(bearer)]
) -> Principal:
    """Return the caller. Raises UnauthorizedError without a valid access token."""
    if token is None:
        raise UnauthorizedError("Send an access token: `Authorization: Bearer …`.")
    principal = await resources.get(TokenVerifier).verify(token)
    request.state.principal = principal
    return principal


CurrentUser = Annotated[Principal, Depends(current_user)]


def require_role(*roles: str) -> Any:
    """Return a dependency that admits callers with one of `roles`; use it in an Annotated[Principal, …]."""
    wanted = frozenset(roles)

    async def has_role(user: CurrentUser) -> Principal:
        if user.roles.isdisjoint(wanted):
            raise ForbiddenError(f"This needs the role {' or '.join(sorted(wanted))}.")
        return user

    return Depends(has_role)


async def _anyone() -> None:
    """State that a route needs no access token."""


Public = Depends(_anyone)


class MissingPolicyError(RuntimeError):
    """A route states neither a role nor that it is public."""


def check_policies(routes: Iterable[BaseRoute]) -> None:
    """Refuse to start with a route that has no policy."""
    for route in api_routes(routes):
        if not _calls(route.dependant) & {current_user, _anyone}:
            raise MissingPolicyError(
                f"{sorted(route.methods or ())} {route.path} states no policy: "
                "take a CurrentUser, a require_role, or add dependencies=[Public]."
            )


def _calls(dependant: Dependant) -> set[Callable[..., Coroutine[Any, Any, Any]] | Any]:
    found = {dependant.call}
    for child in dependant.dependencies:
        found |= _calls(child)
    return found
