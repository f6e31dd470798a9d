"""Names of accounts in the normalized form that searches compare."""

from sqlalchemy import bindparam, update
from sqlmodel import col, select

from foodchassis import Database, Resources
from foodchassis.kernel import fold
from user_service.models import User

_BATCH = 1_000


def named(name: str) -> dict[str, str]:
    """Return the columns of a name."""
    return {"name": name, "folded_name": fold(name)}


async def fold_names(opened: Resources) -> None:
    """Fold the names that the previous release has stored, one batch per transaction."""
    lacking = select(User.id, User.name).where(col(User.folded_name).is_(None)).limit(_BATCH)
    table = User.metadata.tables[str(User.__tablename__)]
    write = update(table).where(table.c.id == bindparam("row")).values(folded_name=bindparam("folded"))
    batch = _BATCH
    while batch == _BATCH:
        async with opened.get(Database).transaction() as session:
            rows = (await session.exec(lacking.with_for_update(skip_locked=True))).all()
            if rows:
                folded = [{"row": user_id, "folded": fold(name)} for user_id, name in rows]
                await (await session.connection()).execute(write, folded)
        batch = len(rows)
