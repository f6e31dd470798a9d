"""The constraints of the database."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from foodchassis import Database, new_id, now
from payment_service.models import LedgerEntry, LedgerTransaction, Payment, PaymentStatus, TransactionKind


def a_payment(**facts: Any) -> Payment:
    usual = {"status": PaymentStatus.AUTHORIZED, "hold": "h", "amount": 500, "currency": "EUR"}
    made = {"id": new_id(), "created_at": now(), "updated_at": now()}
    return Payment(**{**made, "order_id": new_id(), "customer_id": new_id(), **usual, **facts})


def a_capture(payment_id: UUID) -> LedgerTransaction:
    return LedgerTransaction(payment_id=payment_id, kind=TransactionKind.CAPTURE, currency="EUR")


async def store(app: FastAPI, *rows: SQLModel) -> None:
    async with app.state.resources.get(Database).transaction() as session:
        for row in rows:
            session.add(row)
            await session.flush()


@pytest.mark.parametrize(
    ("facts", "constraint"), [({"amount": -1}, "payments_amount_check"), ({"hold": None}, "payments_hold_check")]
)
async def test_an_invalid_payment_is_refused(app: FastAPI, facts: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        await store(app, a_payment(**facts))


async def test_an_order_has_one_payment(app: FastAPI) -> None:
    first = a_payment()
    await store(app, first)

    with pytest.raises(IntegrityError, match="payments_order_id_key"):
        await store(app, a_payment(order_id=first.order_id))


async def test_a_status_outside_the_machine_is_refused(app: FastAPI) -> None:
    await store(app, a_payment())

    with pytest.raises(IntegrityError, match="payments_status_check"):
        async with app.state.resources.get(Database).transaction() as session:
            await (await session.connection()).execute(text("UPDATE payments SET status = 'stolen'"))


async def test_a_payment_is_captured_once(app: FastAPI) -> None:
    payment = a_payment()
    await store(app, payment, a_capture(payment.id))

    with pytest.raises(IntegrityError, match="ledger_transactions_capture"):
        await store(app, a_capture(payment.id))


async def test_an_unbalanced_ledger_transaction_is_refused_at_commit(app: FastAPI) -> None:
    payment = a_payment()
    capture = a_capture(payment.id)

    with pytest.raises(IntegrityError, match="does not sum to zero"):
        await store(
            app, payment, capture,
            LedgerEntry(transaction_id=capture.id, account="customer", amount=-500),
            LedgerEntry(transaction_id=capture.id, account="platform_clearing", amount=499),
        )  # fmt: skip


@pytest.mark.parametrize(
    "change", ["UPDATE ledger_entries SET amount = 0", "DELETE FROM ledger_entries", "DELETE FROM ledger_transactions"]
)
async def test_the_ledger_is_append_only(app: FastAPI, change: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        async with app.state.resources.get(Database).transaction() as session:
            await (await session.connection()).execute(text(change))
