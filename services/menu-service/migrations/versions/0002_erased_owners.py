"""Closed restaurants and erased users."""

import sqlalchemy as sa
from alembic import op

revision = "menu_0002"
down_revision = "menu_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the time of permanent closing, an index of owners, and the table of erased users."""
    op.add_column("restaurants", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(op.f("restaurants_closed_is_paused"), "restaurants", "closed_at IS NULL OR paused")
    op.create_index("restaurants_owner_id", "restaurants", ["owner_id"])
    op.create_table(
        "erased_owners",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="erased_owners_pkey"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("erased_owners")
    op.drop_index("restaurants_owner_id", "restaurants")
    op.drop_constraint("restaurants_closed_is_paused", "restaurants")
    op.drop_column("restaurants", "closed_at")
