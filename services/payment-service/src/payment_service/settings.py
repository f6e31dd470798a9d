"""Knobs of payment-service."""

from typing import Self

from pydantic import Field, model_validator

from foodchassis import ServiceSettings


class PaymentSettings(ServiceSettings):
    """What payment-service is told by its surroundings."""

    service_name: str = "payment-service"
    database_pool_size: int = Field(default=10, ge=2)
    provider_timeout: float = Field(default=5.0, gt=0, description="seconds the provider has for one answer")
    simulated_delay: float = Field(default=2.0, ge=0, description="seconds the simulated provider takes for tok_slow")

    @model_validator(mode="after")
    def leave_connections_to_the_provider(self) -> Self:
        """Take no more messages at once than leave connections over.

        A handler keeps its connection while the provider, whose log lives here too, takes a second one. Three
        handlers with half a pool each hold three quarters of what the pool may grow to, so none waits for ever.
        """
        self.broker_prefetch = min(self.broker_prefetch, self.database_pool_size // 2)
        return self
