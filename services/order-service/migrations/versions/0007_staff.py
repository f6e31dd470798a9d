"""An index of the restaurants where a user works."""

from alembic import op

revision = "order_0007"
down_revision = "order_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index; earlier snapshots have no staff."""
    op.execute("CREATE INDEX restaurants_staff ON restaurants USING gin ((snapshot -> 'staff'))")


def downgrade() -> None:
    """Drop it."""
    op.drop_index("restaurants_staff", "restaurants")
