"""Use cases."""

from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import PageQuery
from sample_service.errors import SampleNotFoundError
from sample_service.models import Sample
from sample_service.schemas import SampleCreate


async def open_sample(session: AsyncSession, order_id: UUID, customer_id: UUID) -> None:
    """Allow the customer of a delivered order to write its sample."""
    session.add(Sample(order_id=order_id, customer_id=customer_id))


async def write_sample(session: AsyncSession, customer_id: UUID, body: SampleCreate) -> Sample:
    """Store the text of a sample. Raises SampleNotFoundError."""
    query = select(Sample).where(Sample.order_id == body.order_id, Sample.customer_id == customer_id)
    stored = (await session.exec(query)).one_or_none()
    if stored is None:
        raise SampleNotFoundError("You can only write about your own delivered orders.")
    stored.text = body.text
    return stored


async def list_samples(session: AsyncSession, page: PageQuery) -> dict[str, object]:
    """Return the written samples, newest first."""
    query = page.of(select(Sample).where(col(Sample.text).is_not(None)), col(Sample.id))
    return page.page((await session.exec(query)).all())


async def erase_samples(session: AsyncSession, customer_id: UUID) -> None:
    """Delete the customer's samples."""
    await session.exec(delete(Sample).where(col(Sample.customer_id) == customer_id))
