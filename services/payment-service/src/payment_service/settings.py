"""Settings of payment-service."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from foodchassis.kernel import Danger
from foodevents import FoodSettings


class PaymentSettings(FoodSettings):
    """What the environment sets for payment-service."""

    own_dangers: ClassVar[tuple[Danger, ...]] = (
        Danger("simulated-provider", "no money moves: payments are simulated; give `open_provider` a real one."),
    )

    service_name: str = "payment-service"
    provider_timeout: float = Field(default=5.0, gt=0, description="seconds the provider has for one answer")
    simulated_delay: float = Field(default=2.0, ge=0, description="seconds the simulated provider takes for tok_slow")
    refund_window: timedelta = Field(default=timedelta(hours=48), description="after the capture")
    refund_retry: timedelta = Field(default=timedelta(minutes=5), description="until a refused one is asked again")
    provider_silence: timedelta = Field(default=timedelta(minutes=5), description="until it needs attention")
    hold_unused: timedelta = Field(default=timedelta(hours=24), description="until a hold is voided")
    ending_unknown: timedelta = Field(
        default=timedelta(hours=24), description="until a captured payment whose order never ends needs attention"
    )
    commission_bp: int = Field(default=1_500, ge=0, le=10_000, description="the platform's part of the food")
    settlement_batch: int = Field(default=500, ge=1, description="payments that one settlement takes at most")
