"""Accounts, addresses, log-ins and refresh tokens."""

import sqlalchemy as sa
from alembic import op

revision = "user_0001"
down_revision = None
branch_labels = ("user_service",)
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="users_pk"),
        sa.UniqueConstraint("email", name="users_email_uq"),
        sa.CheckConstraint("role IN ('customer', 'restaurant', 'driver', 'admin')", name=op.f("users_role_ck")),
        sa.CheckConstraint("email = lower(email)", name=op.f("users_email_is_normalised_ck")),
    )
    op.create_table(
        "addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text()),
        sa.Column("line1", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lng", sa.Float(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="addresses_pk"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="addresses_user_id_fk", ondelete="CASCADE"),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("addresses_lat_ck")),
        sa.CheckConstraint("lng BETWEEN -180 AND 180", name=op.f("addresses_lng_ck")),
    )
    op.create_index("addresses_user_id_ix", "addresses", ["user_id"])
    op.create_table(
        "logins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="logins_pk"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="logins_user_id_fk", ondelete="CASCADE"),
    )
    op.create_index("logins_user_id_ix", "logins", ["user_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("login_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("digest", name="refresh_tokens_pk"),
        sa.ForeignKeyConstraint(["login_id"], ["logins.id"], name="refresh_tokens_login_id_fk", ondelete="CASCADE"),
    )
    op.create_index("refresh_tokens_login_id_ix", "refresh_tokens", ["login_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("refresh_tokens", "logins", "addresses", "users"):
        op.drop_table(table)
