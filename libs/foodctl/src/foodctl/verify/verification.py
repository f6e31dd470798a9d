"""Looks at everything, and again at what seems wrong, until that is gone or has had its time."""

import time
from collections import Counter
from collections.abc import Sequence

from foodctl.verify.accepted import ACCEPTED
from foodctl.verify.check import Check, Found
from foodctl.verify.endings import ENDINGS
from foodctl.verify.events import events
from foodctl.verify.histories import histories
from foodctl.verify.indexes import indexes
from foodctl.verify.journeys import journeys
from foodctl.verify.ledger import LEDGER
from foodctl.verify.places import Places
from foodctl.verify.prices import PRICES
from foodctl.verify.report import Report, Violation
from foodctl.verify.uniqueness import UNIQUENESS

CHECKS: Sequence[Check] = (
    *ACCEPTED, *ENDINGS, histories, *LEDGER, *UNIQUENESS, indexes, *PRICES, journeys, events,
)  # fmt: skip
SETTLE = 10.0
_BETWEEN = 1.0


def verify(places: Places, *, settle: float = SETTLE) -> Report:
    """Check every invariant.

    A database is read at one moment and another at the next, and events are on their way between them. So what seems
    wrong at first counts only when it is still wrong `settle` seconds later, in every look taken meanwhile.
    """
    began = time.monotonic()
    with places.look() as look:
        first = [(check, check(look)) for check in CHECKS]
    checked: Counter[int] = sum((found.checked for _, found in first), Counter())
    remarks = [remark for _, found in first for remark in found.remarks]
    doubtful = [(check, found) for check, found in first if found.violations]
    while doubtful and (left := began + settle - time.monotonic()) > 0:
        time.sleep(min(left, _BETWEEN))
        doubtful = _again(places, doubtful)
    return Report(checked, _sorted(doubtful), time.monotonic() - began, remarks)


def _again(places: Places, doubtful: list[tuple[Check, Found]]) -> list[tuple[Check, Found]]:
    with places.look() as look:
        for check, found in doubtful:
            found.violations = found.confirmed_by(check(look))
    return [(check, found) for check, found in doubtful if found.violations]


def _sorted(doubtful: list[tuple[Check, Found]]) -> list[Violation]:
    found = (violation for _, one in doubtful for violation in one.violations)
    return sorted(found, key=lambda one: (one.invariant, one.says, one.subject))
