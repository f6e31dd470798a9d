"""The tax on the fees, and whether the prices include it."""

import sqlalchemy as sa
from alembic import op

revision = "payment_0005"
down_revision = "payment_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the previous release does not use them, and shares the tax in proportion."""
    no = sa.false()
    op.add_column("payments", sa.Column("prices_include_tax", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("payments", sa.Column("fee_tax", sa.BigInteger()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("payments", "fee_tax")
    op.drop_column("payments", "prices_include_tax")
