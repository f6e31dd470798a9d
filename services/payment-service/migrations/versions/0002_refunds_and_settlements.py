"""Refunds, settlements, and the columns of a payment that a settlement needs.

Earlier payments have no restaurant and parts: they can be refunded but not settled.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "payment_0002"
down_revision = "payment_0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = ("authorizing", "authorized", "declined", "captured", "capture_failed", "voided")
FACTS: dict[str, Any] = {
    "restaurant_id": sa.Uuid,
    "driver_id": sa.Uuid,
    "subtotal": sa.BigInteger,
    "delivery_fee": sa.BigInteger,
    "service_fee": sa.BigInteger,
    "tax": sa.BigInteger,
    "tip": sa.BigInteger,
    "ending": sa.String(32),
    "captured_at": MOMENT,
    "settled_at": MOMENT,
    "settlement_id": sa.Uuid,
}
CHECKS = {
    "refunded": "refunded BETWEEN 0 AND amount",
    "parts": "restaurant_id IS NULL OR subtotal + delivery_fee + service_fee + tax + tip = amount",
    "ending": "ending IN ('delivered', 'undeliverable', 'cancelled')",
}
SHAREABLE = """
settled_at IS NULL AND status IN ('captured', 'partially_refunded')
AND restaurant_id IS NOT NULL AND (ending = 'cancelled' OR ending IS NOT NULL AND driver_id IS NOT NULL)
"""
CAPTURED_AT = """
UPDATE payments SET captured_at = moved.at FROM ledger_transactions moved
WHERE moved.payment_id = payments.id AND moved.kind = 'capture'
"""


def _allow(table: str, column: str, *values: str) -> None:
    """Replace the allowed values of a column."""
    op.drop_constraint(f"ck_{table}_{column}", table)
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(f"ck_{table}_{column}", table, f"{column} IN ({listed})")


def upgrade() -> None:
    """Create them, and remember when payments were captured."""
    _settlements()
    for name, kind in FACTS.items():
        op.add_column("payments", sa.Column(name, kind))
    op.add_column("payments", sa.Column("refunded", sa.BigInteger, nullable=False, server_default="0"))
    op.alter_column("payments", "refunded", server_default=None)
    op.execute(CAPTURED_AT)
    _allow("payments", "status", *STATES, "partially_refunded", "refunded")
    for name, condition in CHECKS.items():
        op.create_check_constraint(f"ck_payments_{name}", "payments", condition)
    op.create_foreign_key("fk_payments_settlement_id", "payments", "settlements", ["settlement_id"], ["id"])
    op.create_index("ix_payments_shareable", "payments", ["id"], postgresql_where=sa.text(SHAREABLE))
    _refunds()
    _movements()


def _settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("commission_bp", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_settlements"),
    )


def _refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("payment_id", sa.Uuid, nullable=False),
        sa.Column("cause", sa.String, nullable=False),
        sa.Column("request", sa.Uuid),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("refusal", sa.String),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_refunds_payment_id"),
        sa.UniqueConstraint("payment_id", "cause", name="uq_refunds_payment_id"),
        sa.UniqueConstraint("request", name="uq_refunds_request"),
        sa.CheckConstraint("amount >= 0", name="ck_refunds_amount"),
        sa.CheckConstraint("attempt >= 1", name="ck_refunds_attempt"),
        sa.CheckConstraint("status IN ('asked', 'done', 'refused')", name="ck_refunds_status"),
    )


def _movements() -> None:
    table = "ledger_transactions"
    _allow(table, "kind", "capture", "refund", "settlement", "clawback")
    op.add_column(table, sa.Column("refund_id", sa.Uuid))
    op.create_foreign_key("fk_ledger_transactions_refund_id", table, "refunds", ["refund_id"], ["id"])
    op.create_unique_constraint("uq_ledger_transactions_refund_id", table, ["refund_id"])
    op.create_check_constraint(
        "ck_ledger_transactions_refund", table, "(kind IN ('refund', 'clawback')) = (refund_id IS NOT NULL)"
    )
    for name, column, unique in (("uq_{}_settlement", "payment_id", True), ("ix_{}_clawback", "id", False)):
        kind = sa.text(f"kind = '{name.rpartition('_')[2]}'")
        op.create_index(name.format(table), table, [column], unique=unique, postgresql_where=kind)
    op.create_table(
        "settlement_movements",
        sa.Column("transaction_id", sa.Uuid, nullable=False),
        sa.Column("settlement_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("transaction_id", name="pk_settlement_movements"),
        sa.ForeignKeyConstraint(["transaction_id"], [f"{table}.id"], name="fk_settlement_movements_transaction_id"),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlements.id"], name="fk_settlement_movements_settlement_id"),
    )
    op.create_index("ix_settlement_movements_settlement_id", "settlement_movements", ["settlement_id"])
    op.execute(
        "CREATE TRIGGER settlement_movements_keep BEFORE UPDATE OR DELETE ON settlement_movements"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
    )


def downgrade() -> None:
    """Drop them; fails, as it must, while a payment is in one of the new states."""
    op.drop_table("settlement_movements")
    for name in ("uq_ledger_transactions_settlement", "ix_ledger_transactions_clawback"):
        op.drop_index(name, "ledger_transactions")
    op.drop_column("ledger_transactions", "refund_id")
    _allow("ledger_transactions", "kind", "capture")
    op.drop_table("refunds")
    for name in ("refunded", *FACTS):
        op.drop_column("payments", name)
    op.drop_table("settlements")
    _allow("payments", "status", *STATES)
