"""Settings of payment-service."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from foodchassis.kernel import Danger
from foodevents import FoodSettings


class PaymentSettings(FoodSettings):
    """Settings of payment-service."""

    own_dangers: ClassVar[tuple[Danger, ...]] = (
        Danger(
            "simulated-provider", "payments are simulated and move no money; use a real provider in `open_provider`."
        ),
    )

    service_name: str = "payment-service"
    provider_timeout: float = Field(
        default=5.0, gt=0, description="time-out of one request to the provider, in seconds"
    )
    simulated_delay: float = Field(
        default=2.0, ge=0, description="delay of the simulated provider for tok_slow, in seconds"
    )
    refund_window: timedelta = Field(default=timedelta(hours=48), description="after the capture")
    refund_retry: timedelta = Field(default=timedelta(minutes=5), description="until a refused one is retried")
    provider_silence: timedelta = Field(default=timedelta(minutes=5), description="until it needs attention")
    hold_unused: timedelta = Field(default=timedelta(hours=24), description="until a hold is voided")
    ending_unknown: timedelta = Field(
        default=timedelta(hours=24), description="until a captured payment whose order never ends needs attention"
    )
    commission_bp: int = Field(default=1_500, ge=0, le=10_000, description="the platform's commission on the food")
    settlement_batch: int = Field(default=500, ge=1, description="maximum number of payments in one settlement")
