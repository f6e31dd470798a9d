"""Repeated refreshes, and access tokens that are refused before they expire."""

import sqlalchemy as sa
from alembic import op

revision = "user_0002"
down_revision = "user_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column and a table."""
    op.add_column("refresh_tokens", sa.Column("successor_salt", sa.LargeBinary()))
    op.create_table(
        "revocations",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="revocations_pk"),
    )
    op.create_index("revocations_expires_at_ix", "revocations", ["expires_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("revocations")
    op.drop_column("refresh_tokens", "successor_salt")
