"""The default provider: a simulation that keeps its own log in transactions of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Resources, new_id
from payment_service import simulation
from payment_service.models import Operation, ProviderEntry
from payment_service.provider import Answer, PaymentProvider
from payment_service.service.aside import aside, open_aside
from payment_service.settings import PaymentSettings


@asynccontextmanager
async def open_provider(held: Resources) -> AsyncIterator[None]:
    """Let this service pay through the simulated provider."""
    assert isinstance(held.settings, PaymentSettings)
    async with open_aside(held):
        held.add(SimulatedProvider(held, held.settings.simulated_delay), PaymentProvider)
        yield


class SimulatedProvider:
    """A PaymentProvider whose effects outlive a rollback of ours, as another company's would."""

    def __init__(self, held: Resources, delay: float) -> None:
        self._held = held
        self._delay = delay

    async def authorize(self, key: str, amount: int, currency: str, method: str) -> Answer:
        """Hold `amount` unless the token is one that declines."""
        entry = ProviderEntry(
            key=key,
            operation=Operation.AUTHORIZE,
            hold=f"hold_{new_id().hex}",
            method=method,
            amount=amount,
            currency=currency,
            refusal=simulation.refusal_to_authorize(method),
        )
        async with aside(self._held) as session:
            done = await _log_once(session, entry)
        return await self._answer(done, entry)

    async def capture(self, key: str, hold: str, amount: int) -> Answer:
        """Take what is held, once."""
        return await self._act(key, Operation.CAPTURE, hold, amount)

    async def void(self, key: str, hold: str) -> Answer:
        """Release what is held."""
        return await self._act(key, Operation.VOID, hold)

    async def refund(self, key: str, hold: str, amount: int) -> Answer:
        """Give back what was captured, in as many parts as needed."""
        return await self._act(key, Operation.REFUND, hold, amount)

    async def _act(self, key: str, operation: Operation, hold: str, amount: int = 0) -> Answer:
        async with aside(self._held) as session:
            past = await _log_of(session, hold)
            entry = ProviderEntry(
                key=key,
                operation=operation,
                hold=hold,
                amount=amount,
                method=past[0].method if past else "",
                currency=past[0].currency if past else "",
                refusal=simulation.refusal(operation, amount, past),
            )
            done = await _log_once(session, entry)
        return await self._answer(done, entry)

    async def _answer(self, done: ProviderEntry, entry: ProviderEntry) -> Answer:
        """Answer as the token wants it, after the log's transaction: a slow answer keeps no connection."""
        if done.method == simulation.SLOW:
            await asyncio.sleep(self._delay)
        if done.method == simulation.TIMEOUT_AFTER_EFFECT and done.id == entry.id:
            raise TimeoutError("the effect is logged, and the answer lost")
        return Answer(done.hold, done.refusal)


async def _log_of(session: AsyncSession, hold: str) -> Sequence[ProviderEntry]:
    """Return what was done with a hold, oldest first, and lock it: two operations on one hold take turns."""
    await session.exec(select(ProviderEntry.key).where(ProviderEntry.hold == hold).with_for_update())
    query = select(ProviderEntry).where(ProviderEntry.hold == hold).order_by(col(ProviderEntry.id))
    return (await session.exec(query)).all()


async def _log_once(session: AsyncSession, entry: ProviderEntry) -> ProviderEntry:
    """Store `entry`, or return the one that its key has already."""
    upsert = insert(ProviderEntry).values(entry.model_dump())
    # Touching the key makes RETURNING give the stored row whether or not it is new.
    upsert = upsert.on_conflict_do_update(index_elements=["key"], set_={"key": upsert.excluded.key})
    stored: ProviderEntry = (await session.exec(upsert.returning(ProviderEntry))).scalar_one()
    return stored
