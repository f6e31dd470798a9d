"""What the API gives."""

from foodchassis import Amount, Currency, Id, Schema, Timestamp
from payment_service.models import PaymentStatus


class PaymentPublic(Schema):
    """A payment as its customer sees it; `reason` says why it was declined or could not be captured."""

    id: Id
    order_id: Id
    customer_id: Id
    status: PaymentStatus
    amount: Amount
    currency: Currency
    reason: str | None
    version: int
    created_at: Timestamp
    updated_at: Timestamp
