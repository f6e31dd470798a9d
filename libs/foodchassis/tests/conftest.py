"""The chassis is tested through the review service of tests/fixtures."""

from uuid import UUID, uuid4

import pytest

from foodchassis.kernel import Envelope
from foodevents import OrderDelivered


@pytest.fixture
def service_package() -> str:
    return "review_service"


@pytest.fixture
def customer() -> UUID:
    return uuid4()


@pytest.fixture
def delivered(customer: UUID) -> Envelope:
    """An event that the sample service handles."""
    event = OrderDelivered(order_id=uuid4(), customer_id=customer, restaurant_id=uuid4())
    return Envelope(
        source="/order-service",
        type=event.event_type,
        subject=event.order_id,
        sequence=1,
        correlationid="a-request",
        causationid="a-request",
        data=event.model_dump(mode="json"),
    )
