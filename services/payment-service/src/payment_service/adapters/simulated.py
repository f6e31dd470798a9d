"""The default provider: a simulation with its own log in separate transactions, like an external system."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from foodchassis import Database, Resources, new_id
from foodchassis.storage import Rows, Statement
from payment_service.adapters.provider import PaymentProvider
from payment_service.models import Operation, ProviderEntry
from payment_service.rules import simulated
from payment_service.rules.commands import Answer
from payment_service.settings import PaymentSettings

COLUMNS = ", ".join(ProviderEntry.model_fields)
VALUES = ", ".join(f"%({name})s" for name in ProviderEntry.model_fields)
# Updating the key makes RETURNING return the stored row, whether or not it is new.
LOG = f"""
    INSERT INTO provider_log ({COLUMNS}) VALUES ({VALUES})
    ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING {COLUMNS}
"""  # noqa: S608 - put together from the model's own names
# Operations on one hold are serialised; a statement that begins after the lock sees the effects of the previous one.
LOCK = "SELECT FROM provider_log WHERE hold = %(hold)s AND operation = 'authorize' FOR UPDATE"
PAST = f"SELECT {COLUMNS} FROM provider_log WHERE hold = %(hold)s ORDER BY id"  # noqa: S608 - the same


@asynccontextmanager
async def open_provider(resources: Resources) -> AsyncIterator[None]:
    """Use the simulated provider."""
    resources.add(SimulatedProvider(resources), PaymentProvider)
    yield


class SimulatedProvider:
    """A PaymentProvider that stores effects before it responds; it holds no connection while it is slow."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def authorize(self, key: str, amount: int, currency: str, method: str) -> Answer:
        """Hold `amount`, unless the token is declined."""
        entry = ProviderEntry(
            key=key,
            operation=Operation.AUTHORIZE,
            hold=f"hold_{new_id().hex}",
            method=method,
            amount=amount,
            currency=currency,
            refusal=simulated.refusal_to_authorize(method),
        )
        async with self._resources.get(Database).begin() as transaction:
            (rows,) = await transaction.send(_log(entry), commit=True)
            (done,) = _entries(rows)
        return await self._answer(done, entry)

    async def capture(self, key: str, hold: str, amount: int) -> Answer:
        """Capture a hold, once."""
        return await self._act(key, Operation.CAPTURE, hold, amount)

    async def void(self, key: str, hold: str) -> Answer:
        """Release a hold."""
        return await self._act(key, Operation.VOID, hold)

    async def refund(self, key: str, hold: str, amount: int) -> Answer:
        """Refund a captured hold, in any number of parts."""
        return await self._act(key, Operation.REFUND, hold, amount)

    async def _act(self, key: str, operation: Operation, hold: str, amount: int = 0) -> Answer:
        which = {"hold": hold}
        async with self._resources.get(Database).begin() as transaction:
            _, rows = await transaction.send(Statement(LOCK, which), Statement(PAST, which))
            past = _entries(rows)
            entry = ProviderEntry(
                key=key,
                operation=operation,
                hold=hold,
                amount=amount,
                method=past[0].method if past else "",
                currency=past[0].currency if past else "",
                refusal=simulated.refusal(operation, amount, past),
            )
            (rows,) = await transaction.send(_log(entry), commit=True)
            (done,) = _entries(rows)
        return await self._answer(done, entry)

    async def _answer(self, done: ProviderEntry, entry: ProviderEntry) -> Answer:
        """Respond as the token determines, after the effect was stored."""
        if done.method == simulated.SLOW:
            await asyncio.sleep(self._resources.get(PaymentSettings).simulated_delay)
        if done.method == simulated.TIMEOUT_AFTER_EFFECT and done.id == entry.id:
            raise TimeoutError("the effect was logged, but the response lost")
        return Answer(done.key, done.hold, done.refusal)


def _log(entry: ProviderEntry) -> Statement:
    return Statement(LOG, entry.model_dump())


def _entries(rows: Rows) -> list[ProviderEntry]:
    found = (dict(zip(ProviderEntry.model_fields, row, strict=True)) for row in rows)
    return [ProviderEntry(**{**one, "operation": Operation(one["operation"])}) for one in found]
