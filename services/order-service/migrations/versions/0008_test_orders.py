"""The simulated parties of a test order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "order_0008"
down_revision = "order_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the previous release does not write it, and real orders have none."""
    op.add_column("orders", sa.Column("test", JSONB()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("orders", "test")
