"""What payment-service keeps in a history: the payment of the order and the refunds that are under way."""

from dataclasses import dataclass

from payment_service.models import PaymentStatus

REFUNDABLE = (PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED)
CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Payment:
    """The one payment of the order; `begun` has the cause and amount of refunds the provider may not have answered."""

    status: PaymentStatus
    amount: int
    currency: str
    captured: int = 0
    refunded: int = 0
    begun: tuple[tuple[str, int], ...] = ()
    causes: tuple[str, ...] = ()
    reason: str = ""
    ending: str | None = None
    version: int = 1
