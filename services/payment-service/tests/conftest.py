"""Events of an order, and ways to hand them to payment-service."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, Event, new_id
from foodevents import (
    DeliveryPickedUp,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRequested,
    OrderCreated,
    OrderDelivered,
    OrderPaymentFailed,
    OrderRejected,
    OrderUndeliverable,
)
from payment_service.handlers import events
from payment_service.models import LedgerEntry, LedgerTransaction, Payment, ProviderEntry, Refund

R = TypeVar("R", bound=SQLModel)
Deliver = Callable[[Event], Awaitable[None]]


class Order:
    """An order as others tell of it."""

    def __init__(self, **facts: Any) -> None:
        self.id = new_id()
        self.created = OrderCreated(
            **{
                "order_id": self.id, "customer_id": new_id(), "restaurant_id": new_id(), "currency": "EUR",
                "subtotal": 2000, "delivery_fee": 200, "service_fee": 100, "tax": 50, "tip": 0, "total": 2350,
                "payment_method": "tok_ok", **facts,
            }
        )  # fmt: skip

    def accepted(self, **facts: Any) -> OrderAccepted:
        usual = {"total": self.created.total, "currency": self.created.currency, "ready_at": datetime.now(UTC)}
        return OrderAccepted(**{"order_id": self.id, "restaurant_id": self.created.restaurant_id, **usual, **facts})

    @property
    def rejected(self) -> OrderRejected:
        return OrderRejected(
            order_id=self.id, customer_id=self.created.customer_id, restaurant_id=self.created.restaurant_id,
            reason="closed",
        )  # fmt: skip

    @property
    def payment_failed(self) -> OrderPaymentFailed:
        return OrderPaymentFailed(order_id=self.id, customer_id=self.created.customer_id, reason="no answer")

    def cancel_requested(self, keep: int = 0) -> OrderCancelRequested:
        return OrderCancelRequested(**self._end, reason="late", by="customer", keep=keep, currency="EUR", paid=True)

    def cancelled(self, keep: int = 0) -> OrderCancelled:
        return OrderCancelled(**self._end, reason="late", keep=keep, currency="EUR")

    def picked_up(self, driver_id: UUID) -> DeliveryPickedUp:
        return DeliveryPickedUp(delivery_id=new_id(), order_id=self.id, driver_id=driver_id)

    def delivered(self, driver_id: UUID | None = None) -> OrderDelivered:
        return OrderDelivered(**self._end, driver_id=driver_id)

    @property
    def undeliverable(self) -> OrderUndeliverable:
        return OrderUndeliverable(**self._end, reason="nobody there")

    @property
    def _end(self) -> dict[str, Any]:
        return {
            "order_id": self.id,
            "customer_id": self.created.customer_id,
            "restaurant_id": self.created.restaurant_id,
        }


class Books:
    """What the database holds now."""

    def __init__(self, app: FastAPI) -> None:
        self._database: Any = app.state.resources.get(Database)

    async def rows(self, table: type[R]) -> Sequence[R]:
        async with self._database.transaction() as session:
            found: Sequence[R] = (await session.exec(select(table))).all()
        return found

    async def payment(self) -> Payment:
        (only,) = await self.rows(Payment)
        return only

    async def reached(self, status: str) -> bool:
        return status in [payment.status for payment in await self.rows(Payment)]

    async def captures(self) -> int:
        return len(await self.rows(LedgerTransaction))

    async def balances(self) -> dict[str, int]:
        """Sum each account, and see that all of them sum to zero, as every movement must."""
        balances: Counter[str] = Counter()
        movements: Counter[UUID] = Counter()
        for entry in await self.rows(LedgerEntry):
            balances[entry.account] += entry.amount
            movements[entry.transaction_id] += entry.amount
        assert not any(movements.values())
        return {account: amount for account, amount in balances.items() if amount}

    async def kinds(self) -> list[str]:
        return [movement.kind for movement in sorted(await self.rows(LedgerTransaction), key=lambda one: one.at)]

    async def refunds(self) -> list[Refund]:
        return sorted(await self.rows(Refund), key=lambda one: one.created_at)

    async def effects(self) -> list[str]:
        return sorted(entry.operation for entry in await self.rows(ProviderEntry))


@pytest.fixture
def service_package() -> str:
    return "payment_service"


@pytest.fixture
def order() -> Order:
    return Order()


@pytest.fixture
def an_order() -> type[Order]:
    return Order


@pytest.fixture
def books(app: FastAPI) -> Books:
    return Books(app)


@pytest.fixture
def books_of() -> type[Books]:
    return Books


async def handle(event: Event, session: AsyncSession) -> None:
    await events.handlers[type(event)](event, session)


@pytest.fixture
def deliver(app: FastAPI) -> Deliver:
    """Handle an event in a transaction that commits."""

    async def delivered(event: Event) -> None:
        async with app.state.resources.get(Database).transaction() as session:
            await handle(event, session)

    return delivered


class Killed(Exception):  # noqa: N818 - no error of ours
    """The process ends after the handler's work and before its commit."""


@pytest.fixture
def deliver_and_die(app: FastAPI) -> Deliver:
    """Handle an event, and die before the commit."""

    async def delivered(event: Event) -> None:
        async def until_killed() -> None:
            async with app.state.resources.get(Database).transaction() as session:
                await handle(event, session)
                raise Killed

        with pytest.raises(Killed):
            await until_killed()

    return delivered
