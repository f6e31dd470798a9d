"""The audit of what admins did."""

import sqlalchemy as sa
from alembic import op

revision = "user_0006"
down_revision = "user_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admin_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="audit_entries_pk"),
    )
    op.create_index("audit_entries_admin_id_ix", "audit_entries", ["admin_id"])
    op.create_index("audit_entries_object_id_ix", "audit_entries", ["object_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("audit_entries")
