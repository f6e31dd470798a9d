"""What kind of history it will be, and where its randomness comes from."""

import random
from types import SimpleNamespace
from typing import Any, Protocol

from order_service.machine import BEFORE_PICKUP
from order_service.models import Party

# What each circumstance may be; the first is the plainest.
CIRCUMSTANCES: dict[str, tuple[Any, ...]] = {
    "method": (*(("tok_ok",) * 6), "tok_capture_fails", "tok_refund_fails", "tok_declined"),
    "auto_accept": (False, True, False),
    "prep_minutes": (15, 15, 60),
    "drivers": (2, 2, 2, 2, 1, 0),
    "hands_free": (False, True, False),
    "canceller": (Party.CUSTOMER, Party.CUSTOMER, Party.RESTAURANT, Party.ADMIN),
    # Late cancels have the most to undo.
    "cancels_in": tuple(BEFORE_PICKUP[first:] for first in (0, 1, 2, 2, 3, 3)),
    "faulty_steps": tuple(range(100)),
    # What is delivered again comes late; and who hears everything late.
    "late_repeats": (False, True),
    "slow": (None, None, None, "order", "payment", "delivery", "provider"),
}
# What a person may do, or fails to do, in one history out of so many.
TRICKS = {
    **dict.fromkeys(("cancel", "decline", "refund", "settle"), 3),
    **dict.fromkeys(("unassign", "fail", "absent"), 3),
    **dict.fromkeys(("reject", "close", "leave", "mute", "dawdle", "silence", "vanish"), 6),
}
# What chance alone brings about too rarely: drivers who come and go or fail, and cancels when much is to be undone.
THEMES: tuple[dict[str, Any], ...] = (
    *({}, {}, {}),
    {"method": "tok_ok", "drivers": 2, "tricks": frozenset({"unassign"}), "slow": "order"},
    {"method": "tok_ok", "drivers": 2, "tricks": frozenset({"fail", "absent", "refund"})},
    {"method": "tok_ok", "drivers": 2, "tricks": frozenset({"cancel"}), "cancels_in": BEFORE_PICKUP[2:]},
)


class Plan(SimpleNamespace):
    """The circumstances of one history, by name, and its `tricks`."""


class Choices(Protocol):
    """Decides what happens next. Zero is always the plainest choice, so that a failure shrinks to a plain one."""

    def below(self, count: int) -> int:
        """Choose one of `count` numbers from zero."""
        ...


class Seeded:
    """The choices of one seed, the same each time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a replay must be predictable

    def below(self, count: int) -> int:
        """Choose one of `count` numbers from zero."""
        # Three times as fast as randrange, and its bias is far below one in a million.
        return int(self._random.random() * count)


def draw(choices: Choices) -> Plan:
    """Choose the circumstances of a history."""
    chosen = {name: values[choices.below(len(values))] for name, values in CIRCUMSTANCES.items()}
    tricks = frozenset(trick for trick, odds in TRICKS.items() if choices.below(odds) == 1)
    return Plan(**{**chosen, "tricks": tricks, **THEMES[choices.below(len(THEMES))]})
