"""The open request to the provider, the next one, and the party responsible for the order's ending."""

import sqlalchemy as sa
from alembic import op

revision = "payment_0003"
down_revision = "payment_0002"
branch_labels = None
depends_on = None

FACTS = {"responsible": sa.String(32), "asking": sa.String(), "closing": sa.String(), "keep": sa.BigInteger()}
PARTIES = "responsible IN ('customer', 'restaurant', 'courier', 'platform')"


def upgrade() -> None:
    """Add the columns, which the previous release leaves empty."""
    for name, kind in FACTS.items():
        op.add_column("payments", sa.Column(name, kind))
    op.create_check_constraint("ck_payments_responsible", "payments", PARTIES)


def downgrade() -> None:
    """Drop them."""
    for name in FACTS:
        op.drop_column("payments", name)
