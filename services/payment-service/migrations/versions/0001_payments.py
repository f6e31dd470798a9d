"""Payments, the ledger with its triggers, and the simulated provider's log."""

import sqlalchemy as sa
from alembic import op

revision = "payment_0001"
down_revision = None
branch_labels = None
depends_on = None

BALANCED = """
CREATE FUNCTION ledger_transaction_is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount) FROM ledger_entries WHERE transaction_id = NEW.transaction_id) <> 0 THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero', NEW.transaction_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""
# Checked when the transaction commits: entries may be written one by one.
CHECK_BALANCE = """
CREATE CONSTRAINT TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_is_balanced()
"""
APPEND_ONLY = """
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: correct it with another transaction'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
KEEP = """
CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()
"""


MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("hold", sa.String),
        sa.Column("reason", sa.String),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("order_id", name="uq_payments_order_id"),
        sa.CheckConstraint("amount >= 0", name="ck_payments_amount"),
        sa.CheckConstraint("status IN ('authorizing', 'declined') OR hold IS NOT NULL", name="ck_payments_hold"),
        sa.CheckConstraint(
            "status IN ('authorizing', 'authorized', 'declined', 'captured', 'capture_failed', 'voided')",
            name="ck_payments_status",
        ),
    )
    op.create_index("ix_payments_customer_id", "payments", ["customer_id", "id"])
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("payment_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_transactions"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_ledger_transactions_payment_id"),
        sa.CheckConstraint("kind IN ('capture')", name="ck_ledger_transactions_kind"),
    )
    op.create_index(
        "uq_ledger_transactions_capture",
        "ledger_transactions",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'capture'"),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("transaction_id", sa.Uuid, nullable=False),
        sa.Column("account", sa.String, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("transaction_id", "account", name="pk_ledger_entries"),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transactions.id"], name="fk_ledger_entries_transaction_id"
        ),
    )
    op.create_table(
        "provider_log",
        sa.Column("key", sa.String, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("hold", sa.String, nullable=False),
        sa.Column("method", sa.String, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("refusal", sa.String),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_provider_log"),
        sa.CheckConstraint("operation IN ('authorize', 'capture', 'void', 'refund')", name="ck_provider_log_operation"),
    )
    op.create_index("ix_provider_log_hold", "provider_log", ["hold"])
    for statement in (BALANCED, CHECK_BALANCE, APPEND_ONLY):
        op.execute(statement)
    for table in ("ledger_transactions", "ledger_entries"):
        op.execute(KEEP.format(table=table))


def downgrade() -> None:
    """Drop them."""
    for table in ("ledger_entries", "ledger_transactions", "payments", "provider_log"):
        op.drop_table(table)
    op.execute("DROP FUNCTION ledger_transaction_is_balanced, ledger_is_append_only")
