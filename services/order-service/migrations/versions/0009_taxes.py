"""Prices that include their tax, and the tax of each rate."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "order_0009"
down_revision = "order_0008"
branch_labels = None
depends_on = None

CHECKS = {
    "tax": "tax_included >= 0 AND (tax = 0 OR NOT prices_include_tax)",
    "fee_tax": "fee_tax BETWEEN 0 AND tax + tax_included",
}


def upgrade() -> None:
    """Add the columns; the previous release leaves them empty, and adds the tax to its prices."""
    op.add_column("orders", sa.Column("prices_include_tax", sa.Boolean()))
    op.add_column("orders", sa.Column("tax_included", sa.BigInteger()))
    op.add_column("orders", sa.Column("fee_tax", sa.BigInteger()))
    op.add_column("orders", sa.Column("taxes", postgresql.JSONB()))
    op.add_column("order_lines", sa.Column("tax_rate_ppm", sa.Integer()))
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_orders_{name}"), "orders", condition)


def downgrade() -> None:
    """Drop them."""
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_orders_{name}"), "orders")
    op.drop_column("order_lines", "tax_rate_ppm")
    for name in ("taxes", "fee_tax", "tax_included", "prices_include_tax"):
        op.drop_column("orders", name)
