"""The table of notes."""

import sqlalchemy as sa
from alembic import op

revision = "notes_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("words", sa.Integer),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("notes")
