import asyncio

import pytest

from user_service.adapters.turns import Turns
from user_service.errors import BusyError


async def order_of(turns: Turns, *wanted: tuple[str, str]) -> list[str]:
    """Hold the only turn until all of `wanted` wait, and return the order in which they got theirs."""
    order: list[str] = []

    async def work(kind: str, client: str) -> None:
        async with turns.turn(kind, client):
            order.append(f"{kind} {client}")

    async with turns.turn("first", ""):
        tasks = [asyncio.create_task(work(*one)) for one in wanted]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    return order


def one_at_a_time(**changes: int) -> Turns:
    return Turns(1, **{"queue": 8, "queue_per_client": 4, "retry_after": 2, **changes})


async def test_kinds_take_turns() -> None:
    order = await order_of(one_at_a_time(), ("new", "a"), ("new", "a"), ("new", "a"), ("checked", "b"))

    assert order == ["new a", "checked b", "new a", "new a"]


async def test_clients_of_a_kind_take_turns() -> None:
    order = await order_of(one_at_a_time(), ("new", "a"), ("new", "a"), ("new", "a"), ("new", "b"))

    assert order == ["new a", "new b", "new a", "new a"]


@pytest.mark.parametrize(("changes", "client"), [({"queue": 2}, "c"), ({"queue_per_client": 1}, "a")])
async def test_a_full_queue_refuses_with_retry_after(changes: dict[str, int], client: str) -> None:
    turns = one_at_a_time(**changes)

    async def refused() -> BusyError:
        with pytest.raises(BusyError) as busy:
            async with turns.turn("new", client):
                pass
        return busy.value

    async with turns.turn("first", ""):
        entered = [asyncio.create_task(turns._enter("new", one)) for one in ("a", "b")]
        await asyncio.sleep(0)
        error = await refused()
        for task in entered:
            task.cancel()
        await asyncio.gather(*entered, return_exceptions=True)

    assert (error.status, error.retry_after) == (503, 2)


async def test_a_full_queue_of_one_kind_does_not_affect_another() -> None:
    turns = one_at_a_time(queue=2)

    order = await order_of(turns, ("new", "a"), ("new", "b"), ("checked", "a"), ("checked", "b"))

    assert sorted(order) == ["checked a", "checked b", "new a", "new b"]


async def test_a_cancelled_wait_frees_its_place() -> None:
    turns = one_at_a_time()
    async with turns.turn("first", ""):
        gone = asyncio.create_task(order_of(turns, ("new", "a")))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)

    async with asyncio.timeout(1), turns.turn("new", "b"):
        assert turns.waiting("new") == 0
