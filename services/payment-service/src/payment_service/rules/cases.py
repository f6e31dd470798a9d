"""The input of a decision about a payment."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from payment_service.models import PaymentFacts
from payment_service.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Attention:
    """An event that needs the attention of an operator: it is counted and logged, but not stored."""

    what: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A payment, the trigger, and the other inputs of the decision."""

    payment: PaymentFacts
    trigger: str
    event: Any
    now: datetime
    policy: Policy

    def having(self, **facts: Any) -> "Case":
        """Return the case with these facts of its payment changed."""
        return self.of(self.payment.model_copy(update=facts))

    def of(self, payment: PaymentFacts) -> "Case":
        """Return the case with this payment."""
        return replace(self, payment=payment)
