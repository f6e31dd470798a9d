"""Larger amounts, finer tax rates, and normalised names for searches.

Widening an amount rewrites its table, which is locked meanwhile: some seconds for a million dishes.
"""

import sqlalchemy as sa
from alembic import op

revision = "menu_0003"
down_revision = "menu_0002"
branch_labels = None
depends_on = None

AMOUNTS = {"menu_items": "price", "restaurants": "delivery_fee"}
# Like the rule that folds names.
LETTERS = "\u0142\u00f8\u0111\u00f0\u0127\u0167\u0131\u014b"
MARKS = "\u2018\u2019\u02bb\u02bc\u0060\u00b4\u2032\u2010\u2011\u2013\u2014"
PLAIN = "loddhtin" + 7 * "'" + 4 * "-"
PAIRS = {"\u00e6": "ae", "\u0153": "oe", "\u00fe": "th", "\u0133": "ij"}
FOLD = sa.text("UPDATE restaurants SET folded_name = translate(folded_name, :letters, :plain)")
REPLACE = sa.text("UPDATE restaurants SET folded_name = replace(folded_name, :letter, :pair)")


def upgrade() -> None:
    """Change them, compatible with the previous release."""
    for table, amount in AMOUNTS.items():
        op.alter_column(table, amount, type_=sa.BigInteger(), existing_nullable=False)
    op.add_column("restaurants", sa.Column("tax_ppm", sa.Integer()))
    op.create_check_constraint(op.f("restaurants_tax_ppm"), "restaurants", "tax_ppm BETWEEN 0 AND 1000000")
    op.execute(FOLD.bindparams(letters=LETTERS + MARKS, plain=PLAIN))
    for letter, pair in PAIRS.items():
        op.execute(REPLACE.bindparams(letter=letter, pair=pair))


def downgrade() -> None:
    """Change them back; names stay folded."""
    op.drop_column("restaurants", "tax_ppm")
    for table, amount in AMOUNTS.items():
        op.alter_column(table, amount, type_=sa.Integer(), existing_nullable=False)
