"""The table of effects: requests to other systems."""

from alembic import op

from foodchassis.storage.tables import effects

revision = "chassis_0005"
down_revision = "chassis_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    effects.create(op.get_bind())


def downgrade() -> None:
    """Drop it."""
    effects.drop(op.get_bind())
