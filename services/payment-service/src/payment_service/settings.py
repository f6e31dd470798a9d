"""Knobs of payment-service."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from foodchassis import ServiceSettings


class PaymentSettings(ServiceSettings):
    """What payment-service is told by its surroundings."""

    service_name: str = "payment-service"
    database_pool_size: int = Field(default=10, ge=2)
    aside_pool_size: int = Field(default=5, ge=1, description="connections for what outlives a rollback")
    provider_timeout: float = Field(default=5.0, gt=0, description="seconds the provider has for one answer")
    simulated_delay: float = Field(default=2.0, ge=0, description="seconds the simulated provider takes for tok_slow")
    refund_window: timedelta = Field(default=timedelta(hours=48), description="after the capture")
    refund_finish: timedelta = Field(default=timedelta(seconds=30), description="until an interrupted refund goes on")
    commission_bp: int = Field(default=1_500, ge=0, le=10_000, description="the platform's part of the food")
    settlement_batch: int = Field(default=500, ge=1, description="payments that one settlement takes at most")

    @model_validator(mode="after")
    def leave_connections_to_others(self) -> Self:
        """Take no more messages of one kind at once than half of the pool: each may wait for a slow provider."""
        self.broker_prefetch = min(self.broker_prefetch, self.database_pool_size // 2)
        return self
