"""One row for each delivered order."""

import sqlalchemy as sa
from alembic import op

revision = "sample_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "samples",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("text", sa.String),
        sa.PrimaryKeyConstraint("id", name="samples_pkey"),
        sa.UniqueConstraint("order_id", name="samples_order_id_key"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("samples")
