"""Links by e-mail, verified addresses, an optional phone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "user_0003"
down_revision = "user_0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two columns and a table."""
    op.add_column("users", sa.Column("phone", sa.Text()))
    op.add_column("users", sa.Column("email_verified_at", MOMENT))
    op.create_table(
        "email_links",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("sign_up", JSONB()),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="email_links_pk"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="email_links_user_id_fk", ondelete="CASCADE"),
        sa.CheckConstraint(
            "purpose IN ('sign_up', 'reset_password', 'verify_email', 'change_email')",
            name=op.f("email_links_purpose_ck"),
        ),
    )
    op.create_index("email_links_user_id_ix", "email_links", ["user_id"])
    op.create_index("email_links_expires_at_ix", "email_links", ["expires_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("email_links")
    op.drop_column("users", "email_verified_at")
    op.drop_column("users", "phone")
