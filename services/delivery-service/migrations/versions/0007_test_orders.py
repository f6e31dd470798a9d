"""The simulated parties of a test order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "delivery_0007"
down_revision = "delivery_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the previous release does not write it, and real orders have none."""
    op.add_column("deliveries", sa.Column("test", JSONB()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("deliveries", "test")
