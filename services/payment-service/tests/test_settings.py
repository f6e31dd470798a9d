from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from payment_service.rules.policy import Policy
from payment_service.settings import PaymentSettings


def test_every_field_of_the_policy_is_a_setting() -> None:
    policy = Policy.of(PaymentSettings(hold_unused="P2D"))

    assert policy.hold_unused == timedelta(days=2)


def test_durations_are_set_in_iso_8601() -> None:
    assert PaymentSettings(refund_window="P1D").refund_window == timedelta(days=1)


@pytest.mark.parametrize(
    "wrong", [{"provider_timeout": 0}, {"commission_bp": 10_001}, {"commission_bp": -1}, {"settlement_batch": 0}]
)
def test_an_invalid_setting_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        PaymentSettings(**wrong)
