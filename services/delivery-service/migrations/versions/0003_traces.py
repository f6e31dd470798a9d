"""The trace in which a delivery began, to which later actions of its driver are linked."""

import sqlalchemy as sa
from alembic import op

revision = "delivery_0003"
down_revision = "delivery_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; older deliveries have none."""
    op.add_column("deliveries", sa.Column("traceparent", sa.String()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("deliveries", "traceparent")
