"""Business metrics: payments by status, the duration of refunds, and events that need attention."""

from prometheus_client import Counter, Histogram

from foodchassis import at_zero
from payment_service.models import PaymentStatus

SECONDS = (0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 900, 3600, 21600, 86400)

reached = Counter("payments", "Payments by status", ["status"])
refund_seconds = Histogram(
    "payment_refund_seconds", "Time from the request of a refund to its completion", buckets=SECONDS
)
attention = Counter("payments_needing_attention", "Events that need the attention of an operator", ["what"])
at_zero(reached, [status for status in PaymentStatus if status is not PaymentStatus.AUTHORIZING])
at_zero(attention, ("refund_refused", "hold_kept", "hold_unused", "provider_silent", "ending_unknown"))
