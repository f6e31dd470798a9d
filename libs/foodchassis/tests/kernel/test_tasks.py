import asyncio
from contextlib import suppress

import pytest

from foodchassis.kernel import background, end


async def ignores_cancellation(times: int) -> None:
    """Swallow so many cancellations, as `asyncio.wait_for` of Python 3.11 may."""
    while times:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        times -= 1
    await asyncio.Event().wait()


async def test_background_work_ends_with_its_block() -> None:
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
    async with background(ignores_cancellation(2)):
        await asyncio.sleep(0)


async def test_an_error_of_background_work_does_not_replace_that_of_the_block() -> None:
    async def fail() -> None:
        raise RuntimeError("lost")

    async def block() -> None:
        async with background(fail()):
            await asyncio.sleep(0)
            raise KeyError("the block's own")

    with pytest.raises(KeyError):
        await block()


async def test_no_work_is_accepted() -> None:
    await end()
