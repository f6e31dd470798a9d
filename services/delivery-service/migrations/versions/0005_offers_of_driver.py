"""An index of a driver's offers, and larger amounts.

Widening the amounts rewrites `deliveries`, which is locked meanwhile.
"""

from alembic import op

revision = "delivery_0005"
down_revision = "delivery_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index and widen the amounts."""
    op.execute("ALTER TABLE deliveries ALTER COLUMN delivery_fee TYPE bigint, ALTER COLUMN tip TYPE bigint")
    op.create_index("offers_of_driver", "offers", ["driver_id", "id"])


def downgrade() -> None:
    """Change them back."""
    op.drop_index("offers_of_driver", "offers")
    op.execute("ALTER TABLE deliveries ALTER COLUMN delivery_fee TYPE integer, ALTER COLUMN tip TYPE integer")
