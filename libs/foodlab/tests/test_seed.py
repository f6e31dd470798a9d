import asyncio

import pytest

from foodctl.api import RefusedError
from foodlab.city import PASSWORD
from foodlab.seed import few_at_once, with_retries
from user_service.schemas.weak_passwords import is_demo


class Door:
    """A step that succeeds after a number of refusals."""

    def __init__(self, refusals: int, status: int = 503) -> None:
        self.refusals, self.status, self.knocks = refusals, status, 0

    async def knock(self) -> str:
        self.knocks += 1
        if self.knocks <= self.refusals:
            raise RefusedError("POST /users", self.status, {})
        return "come in"


@pytest.mark.parametrize("status", [503, 504])
async def test_a_busy_service_is_retried(status: int) -> None:
    door = Door(4, status)

    assert await with_retries(door.knock, pause=0) == "come in"


@pytest.mark.parametrize(("door", "knocks"), [(Door(9), 5), (Door(1, 409), 1)])
async def test_retries_are_limited_and_refusals_are_not_retried(door: Door, knocks: int) -> None:
    with pytest.raises(RefusedError):
        await with_retries(door.knock, pause=0)

    assert door.knocks == knocks


async def test_steps_run_with_limited_concurrency() -> None:
    inside: set[int] = set()
    seen: list[int] = []

    async def visit() -> None:
        me = len(seen)
        inside.add(me)
        seen.append(len(inside))
        await asyncio.sleep(0)
        inside.remove(me)

    await few_at_once(*[visit] * 10)

    assert (len(seen), max(seen)) == (10, 3)


def test_production_refuses_the_password_of_the_demo_accounts() -> None:
    assert is_demo(PASSWORD)
