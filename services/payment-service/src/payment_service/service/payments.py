"""The aggregate of payments, for the chassis's `process`.

Rows are passed as JSON documents, so that parameters have the same types and each statement is prepared once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import structlog
from typing_extensions import override

from foodchassis import Resources, annotate, new_id, process
from foodchassis.kernel import Decision
from foodchassis.messaging import Aggregate, opening
from foodchassis.storage import Rows, Statement, Transaction
from payment_service.adapters import metrics
from payment_service.decide import decide
from payment_service.models import PaymentFacts, RefundFacts, RefundStatus, StoredPayment
from payment_service.rules.cases import Attention
from payment_service.rules.ledger import Movement
from payment_service.rules.policy import Policy
from payment_service.settings import PaymentSettings

log = structlog.get_logger()
COLUMNS = ", ".join(StoredPayment.model_fields)
FIXED = {
    *("id", "order_id", "customer_id", "restaurant_id", "amount", "subtotal", "delivery_fee", "service_fee", "tax"),
    *("tip", "currency", "created_at"),
}
CHANGING = ", ".join(name for name in StoredPayment.model_fields if name not in FIXED)
REFUND = ", ".join(RefundFacts.model_fields)
WHICH = {
    "id": "payments.id = %(key)s",
    "order_id": "payments.order_id = %(key)s",
    "refund_id": "payments.id = (SELECT payment_id FROM refunds WHERE refunds.id = %(key)s)",
}
# FOR NO KEY UPDATE, so that refunds with a foreign key to the payment can be inserted concurrently.
LOCK = "SELECT payments.id FROM payments WHERE {which} FOR NO KEY UPDATE{skip}"
READ = f"""
    SELECT {", ".join(f"payments.{name}" for name in StoredPayment.model_fields)}, (
        SELECT coalesce(jsonb_agg(to_jsonb(refunds) ORDER BY refunds.created_at, refunds.id), '[]')
        FROM refunds WHERE refunds.payment_id = payments.id
    ), settlements.commission_bp FROM payments LEFT JOIN settlements ON settlements.id = payments.settlement_id
    WHERE {{which}}
"""  # noqa: S608 - put together from the model's own names
INSERT = f"""
    INSERT INTO payments ({COLUMNS}) SELECT {COLUMNS} FROM jsonb_populate_record(NULL::payments, %(row)s::jsonb)
"""  # noqa: S608 - the same
UPDATE = f"""
    UPDATE payments SET ({CHANGING}) = (
        SELECT {CHANGING} FROM jsonb_populate_record(NULL::payments, %(row)s::jsonb)
    ) WHERE id = %(id)s
"""  # noqa: S608 - the same
STORE_REFUND = f"""
    INSERT INTO refunds ({REFUND}) SELECT {REFUND} FROM jsonb_populate_record(NULL::refunds, %(row)s::jsonb)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, attempt = excluded.attempt, amount = excluded.amount,
        refusal = excluded.refusal, updated_at = excluded.updated_at
"""  # noqa: S608 - the same
POST = """
    WITH moved AS (
        INSERT INTO ledger_transactions (id, payment_id, kind, refund_id, currency, at)
        VALUES (%(id)s, %(payment_id)s, %(kind)s, %(refund_id)s::uuid, %(currency)s, now())
    )
    INSERT INTO ledger_entries (transaction_id, account, amount)
    SELECT %(id)s, account, amount FROM unnest(%(accounts)s::text[], %(amounts)s::bigint[]) AS entry (account, amount)
"""
PAY_OUT = "INSERT INTO settlement_movements (transaction_id, settlement_id) VALUES (%(id)s, %(settlement_id)s)"


class Payments(Aggregate[PaymentFacts]):
    """Locks, reads, decides and stores a payment with its refunds and movements."""

    name: ClassVar[str] = "payment"

    @override
    def lock(self, key: UUID, by: str, *, wait: bool) -> Statement:
        return Statement(LOCK.format(which=WHICH[by], skip="" if wait else " SKIP LOCKED"), {"key": key})

    @override
    def look(self, key: UUID, by: str) -> Statement:
        return Statement(READ.format(which=WHICH[by]), {"key": key})

    @override
    def read(self, rows: Rows) -> PaymentFacts | None:
        for row in rows:
            return PaymentFacts.model_validate(dict(zip(PaymentFacts.model_fields, row, strict=True)))
        return None

    @override
    def decide(
        self, row: PaymentFacts | None, trigger: str, *, event: Any, now: datetime, resources: Resources
    ) -> Decision[PaymentFacts]:
        policy = Policy.of(resources.get(PaymentSettings))
        decision = decide(row, trigger, event=event, now=now, policy=policy)
        annotate({"order.id": decision.row.order_id})
        return decision

    @override
    def store(self, before: PaymentFacts | None, decision: Decision[PaymentFacts]) -> Sequence[Statement]:
        return [*_stored(before, decision.row), *_recorded(decision)]

    @override
    def committed(
        self, before: PaymentFacts | None, decision: Decision[PaymentFacts], trigger: str, resources: Resources
    ) -> None:
        payment = decision.row
        ids = {"payment_id": payment.id, "order_id": payment.order_id}
        if before and before.status is not payment.status:
            metrics.reached.labels(payment.status).inc()
        for announcement in decision.events:
            log.info(announcement.event.routing_key, **ids, reason=payment.reason)
        for record in decision.history:
            if isinstance(record, Attention):
                metrics.attention.labels(record.what).inc()
                log.error("payment.needs_attention", **ids, what=record.what, reason=record.reason)
            elif isinstance(record, RefundFacts) and record.status is RefundStatus.DONE and record.amount:
                metrics.refund_seconds.observe((record.updated_at - record.created_at).total_seconds())
        if payment == before:
            log.info("payment.unchanged", **ids, trigger=trigger, status=payment.status)


PAYMENTS = Payments()


def first(event: Any) -> list[Statement]:
    """Return the first statements of `take`."""
    return opening(PAYMENTS, event.order_id, by="order_id")


async def take(
    transaction: Transaction, key: UUID, trigger: str, *, by: str = "order_id", event: Any = None, wait: bool = True
) -> Decision[PaymentFacts]:
    """Apply `trigger` to a payment. Raises the errors of `decide`, and BusyError without `wait`."""
    return await process(transaction, PAYMENTS, key, trigger, by=by, event=event, wait=wait)


def _stored(before: PaymentFacts | None, payment: PaymentFacts) -> Iterator[Statement]:
    row = payment.model_dump_json(exclude={"refunds", "commission_bp"})
    if before is None:
        yield Statement(INSERT, {"row": row})
    elif payment != before:
        yield Statement(UPDATE, {"id": payment.id, "row": row})


def _recorded(decision: Decision[PaymentFacts]) -> Iterator[Statement]:
    for record in decision.history:
        if isinstance(record, RefundFacts):
            yield Statement(STORE_REFUND, {"row": record.model_dump_json()})
        elif isinstance(record, Movement):
            yield from _posted(decision.row, record)


def _posted(payment: PaymentFacts, movement: Movement) -> Iterator[Statement]:
    facts = {"id": new_id(), "payment_id": payment.id, "kind": movement.kind, "refund_id": movement.refund_id}
    accounts, amounts = [*movement.entries], [*movement.entries.values()]
    yield Statement(POST, {**facts, "currency": payment.currency, "accounts": accounts, "amounts": amounts})
    if movement.settlement_id is not None:
        yield Statement(PAY_OUT, {"id": facts["id"], "settlement_id": movement.settlement_id})
