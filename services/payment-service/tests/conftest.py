"""Events of an order, and functions that handle them in payment-service."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import SQLModel, select

from foodchassis import Database, Event, new_id
from foodchassis.kernel import Envelope
from foodchassis.messaging.deadlines import Sweeper
from foodchassis.testing import eventually
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
Sweep = Callable[[], Awaitable[None]]
Published = Callable[[], Awaitable[list[Envelope]]]


class Order:
    """The events of an order."""

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

    def undeliverable(self, responsible: str = "customer") -> OrderUndeliverable:
        return OrderUndeliverable(**self._end, reason="nobody there", responsible=responsible)

    @property
    def _end(self) -> dict[str, Any]:
        return {
            "order_id": self.id,
            "customer_id": self.created.customer_id,
            "restaurant_id": self.created.restaurant_id,
        }


class Stored:
    """Reads the current rows of the database."""

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
        """Return the balance of each account, and check that they sum to zero."""
        balances: Counter[str] = Counter()
        movements: Counter[UUID] = Counter()
        for entry in await self.rows(LedgerEntry):
            balances[entry.account] += entry.amount
            movements[entry.transaction_id] += entry.amount
        assert not any(movements.values())
        return {account: amount for account, amount in balances.items() if amount}

    async def kinds(self) -> list[str]:
        return [
            movement.kind for movement in sorted(await self.rows(LedgerTransaction), key=lambda one: (one.at, one.id))
        ]

    async def refunds(self) -> list[Refund]:
        return sorted(await self.rows(Refund), key=lambda one: one.created_at)

    async def open_requests(self) -> list[str]:
        """Return the keys of open requests to the provider."""
        async with self._database.engine.connect() as connection:
            return list((await connection.execute(text("SELECT key FROM effects ORDER BY key"))).scalars())

    async def all_answered(self) -> bool:
        return not await self.open_requests()

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
def stored(app: FastAPI) -> Stored:
    return Stored(app)


@pytest.fixture
def stored_of() -> type[Stored]:
    return Stored


@pytest.fixture
def service_environment(service_environment: dict[str, str]) -> dict[str, str]:
    return {**service_environment, "RETRY_DELAYS": "[0.05, 0.05, 0.05, 0.05]"}


@pytest.fixture
def handle_event(app: FastAPI) -> Deliver:
    """Handle an event in a transaction that commits."""

    async def handle(event: Event) -> None:
        async with app.state.resources.get(Database).begin() as transaction:
            await events.handlers[type(event)](event, transaction)

    return handle


@pytest.fixture
def sweep(app: FastAPI) -> Sweep:
    """Return a function that makes every deadline due and handles it."""

    async def swept() -> None:
        resources = app.state.resources
        async with resources.get(Database).engine.begin() as connection:
            await connection.execute(text("UPDATE deadlines SET due_at = now()"))
        while await Sweeper(resources.settings, resources.get(Database), events.deadlines).sweep_one():
            pass

    return swept


@pytest.fixture
def deliver(handle_event: Deliver, stored: Stored) -> Deliver:
    """Handle an event in a transaction that commits, and wait until the provider has responded to all requests."""

    async def delivered(event: Event) -> None:
        await handle_event(event)
        await eventually(stored.all_answered)

    return delivered


@pytest.fixture
def audit() -> list[dict[str, Any]]:
    """Return the list of admin actions that `published` has read."""
    return []


@pytest.fixture
def published(published: Published, audit: list[dict[str, Any]]) -> Published:
    """Return a function that removes and returns the committed events of payments."""

    async def take() -> list[Envelope]:
        events = await published()
        audit.extend(one.data for one in events if one.type == "admin.acted.v1")
        return [one for one in events if one.type != "admin.acted.v1"]

    return take
