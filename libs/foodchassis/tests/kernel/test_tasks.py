import asyncio
from contextlib import suppress

import pytest

from foodchassis.kernel import background, end


async def deaf(times: int) -> None:
    """Swallow so many cancellations, as `asyncio.wait_for` of Python 3.11 may."""
    while times:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        times -= 1
    await asyncio.Event().wait()


async def test_work_runs_beside_the_block_and_has_ended_after_it() -> None:
    order: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            order.append(name)

    async with background(work("first"), work("second")):
        await asyncio.sleep(0)
        assert order == []
    assert order == ["second", "first"]


async def test_work_ends_although_it_swallows_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foodchassis.kernel.tasks._SECONDS", 0.01)
    async with background(deaf(2)):
        await asyncio.sleep(0)


async def test_work_that_failed_does_not_hide_how_the_block_ended() -> None:
    async def fail() -> None:
        raise RuntimeError("lost")

    async def block() -> None:
        async with background(fail()):
            await asyncio.sleep(0)
            raise KeyError("the block's own")

    with pytest.raises(KeyError):
        await block()


async def test_nothing_to_end_is_no_work() -> None:
    await end()
