import pytest

from payment_service.models import Operation, ProviderEntry
from payment_service.rules import simulated


def log(*done: tuple[str, int], method: str = "tok_ok", refusal: str | None = None) -> list[ProviderEntry]:
    return [
        ProviderEntry(
            key=str(n), operation=Operation(name), hold="h", method=method, amount=amount, currency="EUR",
            refusal=refusal,
        )
        for n, (name, amount) in enumerate(done)
    ]  # fmt: skip


HELD = ("authorize", 500)
TAKEN = ("capture", 500)


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("tok_ok", None),
        ("tok_capture_fails", None),
        ("tok_refund_fails", None),
        ("tok_slow", None),
        ("tok_timeout_after_effect", None),
        ("tok_declined", "card_declined"),
        ("tok_unheard_of", "unknown_payment_method"),
        ("", "unknown_payment_method"),
    ],
)
def test_the_token_determines_the_response_to_a_hold(method: str, reason: str | None) -> None:
    assert simulated.refusal_to_authorize(method) == reason


@pytest.mark.parametrize(
    ("operation", "amount", "past", "reason"),
    [
        ("capture", 500, log(HELD), None),
        ("capture", 500, log(), "unknown_hold"),
        ("capture", 500, log(HELD, refusal="card_declined"), "unknown_hold"),
        ("capture", 501, log(HELD), "more_than_held"),
        ("capture", 500, log(HELD, TAKEN), "hold_already_closed"),
        ("capture", 500, log(HELD, ("void", 0)), "hold_already_closed"),
        ("capture", 500, log(HELD, method="tok_capture_fails"), "capture_refused"),
        ("void", 0, log(HELD), None),
        ("void", 0, log(HELD, method="tok_capture_fails"), None),
        ("void", 0, log(), "unknown_hold"),
        ("void", 0, log(HELD, TAKEN), "hold_already_closed"),
        ("void", 0, log(HELD, ("void", 0)), "hold_already_closed"),
        ("refund", 500, log(HELD, TAKEN), None),
        ("refund", 200, log(HELD, TAKEN, ("refund", 300)), None),
        ("refund", 201, log(HELD, TAKEN, ("refund", 300)), "more_than_captured"),
        ("refund", 1, log(HELD), "more_than_captured"),
        ("refund", 1, log(), "unknown_hold"),
        ("refund", 1, log(HELD, TAKEN, method="tok_refund_fails"), "refund_refused"),
        ("refund", 500, [*log(HELD, TAKEN, method="tok_refund_fails"), *log(("refund", 1), refusal="x")], None),
    ],
)
def test_the_amount_of_a_hold_is_used_at_most_once(
    operation: str, amount: int, past: list[ProviderEntry], reason: str | None
) -> None:
    assert simulated.refusal(Operation(operation), amount, past) == reason
