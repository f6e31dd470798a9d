"""How long a payment stays in each open state, and what happens then: one declarative table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from foodchassis.kernel import Timer
from payment_service.models import PaymentFacts, PaymentStatus
from payment_service.rules.policy import Policy

PROVIDER_SILENT = "provider.silent"
HOLD_UNUSED = "hold.unused"
ENDING_UNKNOWN = "ending.unknown"
# Not a state's: it runs for one refund, by the refund's id.
REFUND_UNFINISHED = "refund.unfinished"
S = PaymentStatus


@dataclass(frozen=True)
class Deadline:
    """One row of the table: it runs in `states` while `runs_for` names what is waited for, and repeats.

    It is due once the time of its `setting` has passed since that has been waited for.
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
        "needs attention; the provider is asked again all the time",
        lambda payment: payment.asking,
    ),
    Deadline(HOLD_UNUSED, (S.AUTHORIZED,), "hold_unused", "the hold is voided, and the payment needs attention"),
    Deadline(ENDING_UNKNOWN, (S.CAPTURED, S.PARTIALLY_REFUNDED), "ending_unknown", "needs attention", _ending),
)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the table for documentation: state, deadline, setting, and what happens then."""
    yield from ((", ".join(one.states), one.name, one.setting, one.consequence) for one in DEADLINES)


def running(payment: PaymentFacts | None) -> dict[str, str]:
    """Return the deadlines that run while `payment` is as it is, each with what it waits for."""
    if payment is None:
        return {}
    found = {one.name: one.runs_for(payment) for one in DEADLINES if payment.status in one.states}
    return {name: awaited for name, awaited in found.items() if awaited is not None}


def changed(
    before: PaymentFacts | None, after: PaymentFacts, trigger: str, policy: Policy
) -> tuple[dict[Timer, timedelta], frozenset[Timer]]:
    """Return the deadlines that a trigger starts, with how long each runs, and those that it stops."""
    ran = {name: awaited for name, awaited in running(before).items() if name != trigger}
    runs = running(after)
    waits = {one.name: getattr(policy, one.setting) for one in DEADLINES}
    started = {Timer(name, after.id): waits[name] for name, awaited in runs.items() if ran.get(name) != awaited}
    return started, frozenset(Timer(name, after.id) for name in ran.keys() - runs.keys())
