import pytest
from pydantic import ValidationError

from payment_service.handlers import events
from payment_service.settings import PaymentSettings


@pytest.mark.parametrize("pool", [2, 3, 5, 10, 40])
def test_handlers_can_never_hold_every_connection(pool: int) -> None:
    settings = PaymentSettings(database_pool_size=pool, broker_prefetch=100)

    # A pool may grow to twice its size.
    assert 0 < settings.broker_prefetch * len(events.handlers) < 2 * pool


def test_a_pool_without_room_for_the_provider_is_refused() -> None:
    with pytest.raises(ValidationError, match="database_pool_size"):
        PaymentSettings(database_pool_size=1)
