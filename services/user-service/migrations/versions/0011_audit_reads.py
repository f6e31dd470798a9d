"""What admins read."""

import sqlalchemy as sa
from alembic import op

revision = "user_0011"
down_revision = "user_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "audit_reads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admin_id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name="audit_reads_pkey"),
    )
    op.create_index("audit_reads_at_id_idx", "audit_reads", ["at", "id"])
    for column in ("admin_id", "object_id", "operation"):
        op.create_index(f"audit_reads_{column}_at_id_idx", "audit_reads", [column, "at", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("audit_reads")
