"""A driver's offers are found without a look at those of others."""

from alembic import op

revision = "delivery_0005"
down_revision = "delivery_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index("offers_of_driver", "offers", ["driver_id", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("offers_of_driver", "offers")
