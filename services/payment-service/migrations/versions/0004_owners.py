"""Owners of restaurants, and an index of payments by restaurant."""

import sqlalchemy as sa
from alembic import op

revision = "payment_0004"
down_revision = "payment_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, which the previous release does not use, and the index."""
    op.create_table(
        "restaurants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restaurants")),
    )
    op.create_index(op.f("ix_restaurants_owner_id"), "restaurants", ["owner_id"])
    op.create_index("ix_payments_restaurant_id", "payments", ["restaurant_id", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_payments_restaurant_id", "payments")
    op.drop_table("restaurants")
