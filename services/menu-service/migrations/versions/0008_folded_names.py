"""Fold the names of restaurants again, by the rule that searches fold by from now on."""

import sqlalchemy as sa
from alembic import op

from foodchassis.kernel import fold

revision = "menu_0008"
down_revision = "menu_0007"
branch_labels = None
depends_on = None

READ = sa.text("SELECT id, name FROM restaurants ORDER BY id")
WRITE = sa.text("UPDATE restaurants SET folded_name = :folded WHERE id = :id")


def upgrade() -> None:
    """Write what searches compare: some seconds for a hundred thousand restaurants, which are read meanwhile."""
    connection = op.get_bind()
    if folded := [{"id": row.id, "folded": fold(row.name)} for row in connection.execute(READ)]:
        connection.execute(WRITE, folded)


def downgrade() -> None:
    """Change nothing: a name that has no marks is found by either rule."""
