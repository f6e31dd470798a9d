"""Requests to the provider: one at a time for each payment, with a key that makes it safe to repeat."""

from foodchassis.kernel import Decision, Effect
from payment_service.models import Operation, PaymentFacts, RefundFacts

PROVIDER = "provider"


def ask(
    payment: PaymentFacts, operation: Operation, amount: int = 0, *, method: str | None = None, part: str = ""
) -> Decision[PaymentFacts]:
    """Request `operation` from the provider after the commit; its response is the next trigger.

    The card's token `method` is only stored in the effect's payload, which the chassis deletes with the response.
    """
    asking = payment.model_copy(update={"asking": f"{operation}{part}"})
    facts = {"operation": operation, "amount": amount, "currency": payment.currency, "hold": payment.hold}
    groups = [f"customer:{payment.customer_id}"]
    if payment.restaurant_id is not None:
        groups.append(f"restaurant:{payment.restaurant_id}")
    effect = Effect(key_of(asking), PROVIDER, payment.id, {**facts, "method": method}, tuple(groups))
    return Decision(asking, effects=(effect,))


def ask_for_refund(payment: PaymentFacts, refund: RefundFacts) -> Decision[PaymentFacts]:
    """Request a refund from the provider; each attempt after a refusal is a new request."""
    return ask(payment, Operation.REFUND, refund.amount, part=f":{refund.id}:{refund.attempt}")


def key_of(payment: PaymentFacts) -> str:
    """Return the key of the open request of a payment."""
    return f"{payment.id}:{payment.asking}"
