"""What the provider is asked about a payment: one question at a time, whose key makes it safe to repeat."""

from foodchassis.kernel import Decision, Effect
from payment_service.models import Operation, PaymentFacts, RefundFacts

PROVIDER = "provider"


def ask(
    payment: PaymentFacts, operation: Operation, amount: int = 0, *, method: str | None = None, part: str = ""
) -> Decision[PaymentFacts]:
    """Have the provider asked, once this is committed, to do `operation`; its answer is the next trigger.

    The card's token `method` is stored in the effect's payload only, which the chassis deletes with the answer.
    """
    asked = payment.model_copy(update={"asking": f"{operation}{part}"})
    facts = {"operation": operation, "amount": amount, "currency": payment.currency, "hold": payment.hold}
    groups = [f"customer:{payment.customer_id}"]
    if payment.restaurant_id is not None:
        groups.append(f"restaurant:{payment.restaurant_id}")
    effect = Effect(key_of(asked), PROVIDER, payment.id, {**facts, "method": method}, tuple(groups))
    return Decision(asked, effects=(effect,))


def ask_for_refund(payment: PaymentFacts, refund: RefundFacts) -> Decision[PaymentFacts]:
    """Have the provider asked to return money; each attempt after a refusal is a question of its own."""
    return ask(payment, Operation.REFUND, refund.amount, part=f":{refund.id}:{refund.attempt}")


def key_of(payment: PaymentFacts) -> str:
    """Return the key of the question that is open for a payment."""
    return f"{payment.id}:{payment.asking}"
