"""What the business watches: payments by how far they came, refunds by how long they took, and what needs a look."""

from prometheus_client import Counter, Histogram

from foodchassis import at_zero
from payment_service.models import PaymentStatus

SECONDS = (0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 900, 3600, 21600, 86400)

reached = Counter("payments", "Payments by the status they reached", ["status"])
refund_seconds = Histogram("payment_refund_seconds", "From asking for a refund to having it", buckets=SECONDS)
attention = Counter("payments_needing_attention", "What an operator must look at", ["what"])
at_zero(reached, [status for status in PaymentStatus if status is not PaymentStatus.AUTHORIZING])
at_zero(attention, ("refund_refused", "hold_kept", "hold_unused", "provider_silent", "ending_unknown"))
