"""The deadlines of each open state of a payment, as a declarative table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from foodchassis.kernel import Timer
from payment_service.models import PaymentFacts, PaymentStatus
from payment_service.rules.policy import Policy

PROVIDER_SILENT = "provider.silent"
HOLD_UNUSED = "hold.unused"
ENDING_UNKNOWN = "ending.unknown"
# Not of a state: it runs for one refund, by the refund's id.
REFUND_UNFINISHED = "refund.unfinished"
S = PaymentStatus


@dataclass(frozen=True)
class Deadline:
    """One row of the table: it runs in `states` while `runs_for` returns an awaited object, and repeats.

    It is due after the time of its `setting` since the wait began.
    """

    name: str
    states: tuple[PaymentStatus, ...]
    setting: str
    consequence: str
    runs_for: Callable[[PaymentFacts], str | None] = lambda payment: payment.status


def _ending(payment: PaymentFacts) -> str | None:
    return "ending" if payment.ending is None else None


DEADLINES = (
    Deadline(
        PROVIDER_SILENT,
        (S.AUTHORIZING, S.AUTHORIZED, S.CAPTURED, S.PARTIALLY_REFUNDED, S.CAPTURE_FAILED),
        "provider_silence",
        "needs attention; the request to the provider is repeated",
        lambda payment: payment.asking,
    ),
    Deadline(HOLD_UNUSED, (S.AUTHORIZED,), "hold_unused", "the hold is voided, and the payment needs attention"),
    Deadline(ENDING_UNKNOWN, (S.CAPTURED, S.PARTIALLY_REFUNDED), "ending_unknown", "needs attention", _ending),
)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the table for documentation: state, deadline, setting, and what happens then."""
    yield from ((", ".join(one.states), one.name, one.setting, one.consequence) for one in DEADLINES)


def running(payment: PaymentFacts | None) -> dict[str, str]:
    """Return the deadlines of the current state of `payment`, each with the awaited object."""
    if payment is None:
        return {}
    found = {one.name: one.runs_for(payment) for one in DEADLINES if payment.status in one.states}
    return {name: awaited for name, awaited in found.items() if awaited is not None}


def changed(
    before: PaymentFacts | None, after: PaymentFacts, trigger: str, policy: Policy
) -> tuple[dict[Timer, timedelta], frozenset[Timer]]:
    """Return the deadlines that a trigger starts, with their times, and those that it stops."""
    ran = {name: awaited for name, awaited in running(before).items() if name != trigger}
    runs = running(after)
    waits = {one.name: getattr(policy, one.setting) for one in DEADLINES}
    started = {Timer(name, after.id): waits[name] for name, awaited in runs.items() if ran.get(name) != awaited}
    return started, frozenset(Timer(name, after.id) for name in ran.keys() - runs.keys())
