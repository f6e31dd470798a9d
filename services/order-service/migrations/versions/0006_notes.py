"""Notes of customers, how those who share an order call each other, and the orders at an owner's restaurants."""

import sqlalchemy as sa
from alembic import op

revision = "order_0006"
down_revision = "order_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; the release before writes no notes, and needs none."""
    op.add_column("orders", sa.Column("note", sa.String()))
    op.add_column("order_lines", sa.Column("note", sa.String()))
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_orders_owner_id_id"), "orders", ["owner_id", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_orders_owner_id_id"), "orders")
    op.drop_table("contacts")
    op.drop_column("order_lines", "note")
    op.drop_column("orders", "note")
