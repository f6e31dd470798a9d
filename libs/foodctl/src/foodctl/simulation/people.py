"""Who and what takes part in a history; one order in each, so all ids are known."""

from datetime import UTC, datetime
from uuid import UUID

ORDER, CUSTOMER, RESTAURANT, OWNER, PAYMENT, DELIVERY = (UUID(int=number) for number in range(1, 7))
DRIVERS = (UUID(int=11), UUID(int=12))
BEGINNING = datetime(2026, 1, 1, 12, tzinfo=UTC)
FOREVER = datetime(2999, 1, 1, tzinfo=UTC)
