"""The result of the last `foodctl verify`, for operators."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from order_service.errors import NeverVerifiedError
from order_service.models import LastVerification
from order_service.schemas import Verification


async def store_verification(session: AsyncSession, found: Verification) -> None:
    """Store the result of a run, unless a later one is stored."""
    row = {"id": 1, "at": found.at, "found": found.model_dump(mode="json")}
    statement = insert(LastVerification).values(row)
    newer = {"at": statement.excluded.at, "found": statement.excluded.found}
    await session.exec(
        statement.on_conflict_do_update(
            index_elements=["id"], set_=newer, where=LastVerification.at <= statement.excluded.at
        )
    )


async def last_verification(session: AsyncSession) -> Verification:
    """Return the last result. Raises NeverVerifiedError."""
    row = (await session.exec(select(LastVerification))).one_or_none()
    if row is None:
        raise NeverVerifiedError("Run `foodctl verify`: it stores its result.")
    # Another release may have stored further fields.
    return Verification.model_validate(row.found, extra="ignore")
