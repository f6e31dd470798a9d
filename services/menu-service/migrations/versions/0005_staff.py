"""The staff of restaurants and invitations; the previous release only has owners."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "menu_0005"
down_revision = "menu_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the staff of each restaurant with its index, and invitations."""
    empty = sa.text("'[]'::jsonb")
    op.add_column("restaurants", sa.Column("staff", postgresql.JSONB(), server_default=empty, nullable=False))
    op.create_index(
        "restaurants_staff",
        "restaurants",
        ["staff"],
        postgresql_using="gin",
        postgresql_ops={"staff": "jsonb_path_ops"},
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("restaurant_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.Uuid()),
        sa.ForeignKeyConstraint(["restaurant_id"], ["restaurants.id"], name="invitations_restaurant_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="invitations_pkey"),
        sa.UniqueConstraint("digest", name="invitations_digest_key"),
    )
    op.create_index("invitations_restaurant_id", "invitations", ["restaurant_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("invitations")
    op.drop_index("restaurants_staff", "restaurants")
    op.drop_column("restaurants", "staff")
