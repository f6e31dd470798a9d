"""The floor and the code of a door."""

import sqlalchemy as sa
from alembic import op

revision = "user_0005"
down_revision = "user_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the previous release does not use them."""
    op.add_column("addresses", sa.Column("floor", sa.Text()))
    op.add_column("addresses", sa.Column("door_code", sa.Text()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("addresses", "door_code")
    op.drop_column("addresses", "floor")
