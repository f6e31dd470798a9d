"""Names as searches compare them; the service fills in those of existing accounts."""

import sqlalchemy as sa
from alembic import op

revision = "user_0010"
down_revision = "user_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and an index of the rows that lack it: the release before leaves it empty."""
    op.add_column("users", sa.Column("folded_name", sa.Text()))
    op.create_index("users_unfolded_idx", "users", ["id"], postgresql_where=sa.text("folded_name IS NULL"))


def downgrade() -> None:
    """Drop them."""
    op.drop_index("users_unfolded_idx", "users")
    op.drop_column("users", "folded_name")
