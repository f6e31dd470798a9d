"""The stream of a driver's offers and deliveries."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from typing_extensions import override

from delivery_service.models import Delivery, Offer, OfferStatus
from delivery_service.service.deliveries import TO_BE_FOUND, shown
from delivery_service.service.offers import shown_offer
from delivery_service.service.storage import of_driver
from foodchassis import Database, ForbiddenError, Principal, Resources, first_id, now
from foodchassis import resources as resources_of
from foodchassis.web import Reader, event_text, follow

# Changes may be committed some time after their timestamp: recent ones are read again.
LATE = timedelta(minutes=1)
# No open delivery is older.
LONGEST = timedelta(days=2)
# Changes of older closed ones are not sent again.
OLDEST = timedelta(hours=1)


async def stream_driver(session: AsyncSession, driver: Principal, after: int) -> AsyncIterator[str]:
    """Return a driver's offers and deliveries as server-sent events, at each change.

    They begin with the open ones, and with those closed since the millisecond `after` and in the last hour. Raises
    ForbiddenError.
    """
    if "driver" not in driver.roles:
        raise ForbiddenError("This needs the role driver.")
    since = max(datetime.fromtimestamp(after / 1000, UTC), now() - OLDEST) if after else now()
    return follow(resources_of(session), DriverReader(driver, since), of_driver(driver.id))


class DriverReader(Reader):
    """The position of the stream of one driver: the state of each offer and delivery that was sent."""

    def __init__(self, driver: Principal, since: datetime) -> None:
        super().__init__(driver)
        self._since = since
        self._sent: dict[UUID, Any] = {}

    @override
    async def read(self, resources: Resources, changed: frozenset[str] | None) -> list[str]:
        began = now()
        async with resources.get(Database).transaction() as session:
            offers = (await session.exec(self._offers())).all()
            deliveries = (await session.exec(self._deliveries())).all()
            moment = int(began.timestamp() * 1000)
            found = [*self._new("offer", offers, moment), *self._new("delivery", deliveries, moment)]
        self._since = began
        return found

    def _offers(self) -> Any:
        since = self._since - LATE
        query = select(Offer, Delivery).join(Delivery, col(Delivery.id) == Offer.delivery_id)
        return query.where(
            Offer.driver_id == self.user.id,
            col(Offer.id) >= first_id(since - LONGEST),
            or_(col(Offer.status) == OfferStatus.OPEN, col(Offer.closed_at) >= since),
        ).order_by(col(Offer.id))

    def _deliveries(self) -> Any:
        since = self._since - LATE
        return (
            select(Delivery)
            .where(
                Delivery.driver_id == self.user.id,
                col(Delivery.id) >= first_id(since - LONGEST),
                or_(col(Delivery.status).in_(TO_BE_FOUND), col(Delivery.ended_at) >= since),
            )
            .order_by(col(Delivery.id))
        )

    def _new(self, name: str, rows: Any, moment: int) -> Iterator[str]:
        """Yield an event for each row whose state differs from the sent one."""
        for row in rows:
            one = row[0] if name == "offer" else row
            state = one.status if name == "offer" else one.version
            if self._sent.get(one.id) != state:
                self._sent[one.id] = state
                public = shown_offer(*row) if name == "offer" else shown(row, self.user)
                yield event_text(name, public.model_dump_json(), moment)
