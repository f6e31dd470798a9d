"""Indexes that find log-ins and refresh tokens that have expired."""

from alembic import op

revision = "user_0004"
down_revision = "user_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes."""
    op.create_index("logins_expires_at_ix", "logins", ["expires_at"])
    op.create_index("refresh_tokens_expires_at_ix", "refresh_tokens", ["expires_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("refresh_tokens_expires_at_ix", "refresh_tokens")
    op.drop_index("logins_expires_at_ix", "logins")
