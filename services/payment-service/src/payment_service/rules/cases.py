"""A payment and the trigger that it meets."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from payment_service.models import PaymentFacts
from payment_service.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that an operator must look at: it is counted and logged, and stored nowhere."""

    what: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A payment, the trigger that it meets, and all that decides about it."""

    payment: PaymentFacts
    trigger: str
    event: Any
    now: datetime
    policy: Policy

    def having(self, **facts: Any) -> "Case":
        """Return the case with these facts of its payment changed."""
        return self.of(self.payment.model_copy(update=facts))

    def of(self, payment: PaymentFacts) -> "Case":
        """Return the case with its payment as it is now."""
        return replace(self, payment=payment)
