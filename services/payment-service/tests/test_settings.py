from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from payment_service.settings import PaymentSettings


@pytest.mark.parametrize("pool", [2, 3, 5, 10, 40])
def test_messages_of_one_kind_leave_connections_to_others(pool: int) -> None:
    settings = PaymentSettings(database_pool_size=pool, broker_prefetch=100)

    assert 0 < settings.broker_prefetch <= pool // 2


def test_times_are_told_in_iso_8601() -> None:
    assert PaymentSettings(refund_window="P1D").refund_window == timedelta(days=1)


@pytest.mark.parametrize(
    "wrong", [{"database_pool_size": 1}, {"commission_bp": 10_001}, {"commission_bp": -1}, {"settlement_batch": 0}]
)
def test_an_impossible_setting_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        PaymentSettings(**wrong)
