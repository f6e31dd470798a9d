"""The running service's resources as a dependency of routes."""

from typing import Annotated

from fastapi import Depends, Request

from foodchassis.kernel.resources import Resources


async def _from_request(request: Request) -> Resources:
    found: Resources = request.app.state.resources
    return found


ResourcesDep = Annotated[Resources, Depends(_from_request)]
