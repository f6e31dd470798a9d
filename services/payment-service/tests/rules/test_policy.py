from dataclasses import asdict
from datetime import timedelta

from payment_service.rules.policy import Policy
from payment_service.settings import PaymentSettings


def test_defaults_are_as_documented() -> None:
    assert asdict(Policy.of(PaymentSettings.model_construct())) == {
        "refund_window": timedelta(days=2),
        "refund_retry": timedelta(seconds=300),
        "provider_silence": timedelta(seconds=300),
        "hold_unused": timedelta(days=1),
        "ending_unknown": timedelta(days=1),
    }
