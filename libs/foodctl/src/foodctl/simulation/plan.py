"""What kind of history it will be: who works hands-free, who means trouble, and for how long faults strike."""

from dataclasses import dataclass, replace
from typing import Any

from foodctl.simulation.choices import Choices
from order_service.models import OrderStatus

METHODS = (*(("tok_ok",) * 6), "tok_capture_fails", "tok_declined")
# What somebody may do, in one history out of so many.
TRICKS = {"cancel": 3, "reject": 4, "decline": 3, "unassign": 2, "fail": 4, "refund": 3}
CANCELLERS = ("customer", "customer", "restaurant", "admin")
# Which of the cancellable states the canceller waits for; late cancels have the most to undo.
PATIENCE = (0, 1, 2, 2, 3, 3)
CANCELLABLE = (OrderStatus.PENDING, OrderStatus.PLACED, OrderStatus.PAID, OrderStatus.ASSIGNED)
# Which service hears everything late.
SLOW = (None, None, None, "order", "payment", "delivery")
# What chance alone brings about too rarely: drivers who come and go, and cancels when much is to be undone.
THEMES: tuple[dict[str, Any], ...] = (
    *({}, {}, {}),
    {"method": "tok_ok", "drivers": 2, "tricks": frozenset({"unassign"}), "slow": "order"},
    {
        "method": "tok_ok",
        "tricks": frozenset({"cancel"}),
        "canceller": "customer",
        "cancels_from": 2,
        "slow": "delivery",
    },
)
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """The circumstances of one history; a cancel may come from the given one of the cancellable states on."""

    method: str
    auto_accept: bool
    drivers: int
    hands_free: bool
    tricks: frozenset[str]
    canceller: str
    cancels_from: int
    faulty_steps: int
    late_repeats: bool
    slow: str | None
    prep_minutes: int

    def says(self) -> str:
        """Describe the circumstances in one line."""
        hands = ("thinking", "hands-free")
        tricks = ", ".join(sorted(self.tricks)) or "nothing"
        return (
            f"{self.method}; {hands[self.auto_accept]} restaurant, {self.prep_minutes} min; "
            f"{self.drivers} {hands[self.hands_free]} drivers; "
            f"possible: {tricks} ({self.canceller} cancels); faults for {self.faulty_steps} steps"
            f"{'; repeats come late' if self.late_repeats else ''}{f'; {self.slow} is slow' if self.slow else ''}"
        )


def draw(choices: Choices) -> Plan:
    """Choose the circumstances of a history."""
    plan = Plan(
        method=METHODS[choices.below(len(METHODS))],
        auto_accept=choices.below(3) == 1,
        drivers=(2, 2, 2, 2, 1, 0)[choices.below(6)],
        hands_free=choices.below(3) == 1,
        tricks=frozenset(trick for trick, odds in TRICKS.items() if choices.below(odds) == 1),
        canceller=CANCELLERS[choices.below(len(CANCELLERS))],
        cancels_from=PATIENCE[choices.below(len(PATIENCE))],
        faulty_steps=choices.below(LONGEST),
        late_repeats=choices.below(2) == 1,
        slow=SLOW[choices.below(len(SLOW))],
        prep_minutes=(15, 15, 60)[choices.below(3)],
    )
    return replace(plan, **THEMES[choices.below(len(THEMES))])
