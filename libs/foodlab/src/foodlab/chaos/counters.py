"""The outcomes of orders, counted like Jepsen: responses to clients compared with stored orders."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from foodlab.chaos.load import Attempt

ENDED = ("delivered", "rejected", "payment_failed", "cancelled", "undeliverable")
_STORED = "SELECT delivery_address->>'line1', id::text, status FROM orders"


@dataclass
class Counters:
    """Numbers of orders by outcome, with examples of violations.

    `recovered` orders were not acknowledged but are stored; `indeterminate` ones were not acknowledged nor stored.
    """

    attempted: int = 0
    acknowledged: int = 0
    ok: int = 0
    recovered: int = 0
    indeterminate: int = 0
    refused: int = 0
    lost: int = 0
    duplicated: int = 0
    unexpected: int = 0
    unfinished: int = 0
    endings: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    @property
    def violations(self) -> dict[str, int]:
        """Return the non-zero counts of violations."""
        wrong = ("refused", "lost", "duplicated", "unexpected", "unfinished")
        return {name: getattr(self, name) for name in wrong if getattr(self, name)}

    def blame(self, kind: str, what: str) -> None:
        """Count one violation."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.examples.append(f"{kind}: {what}")


def stored(database_url: str) -> list[tuple[str, str, str]]:
    """Return marker, id and status of every order."""
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        return connection.execute(_STORED).fetchall()


def count(attempts: Sequence[Attempt], orders: Sequence[tuple[str, str, str]]) -> Counters:
    """Compare the clients' attempts and responses with the stored orders."""
    found = Counters(attempted=len(attempts), endings=dict(Counter(status for _, _, status in orders)))
    by_marker: dict[str, list[tuple[str, str]]] = {one.marker: [] for one in attempts}
    for marker, order, status in orders:
        if marker not in by_marker:
            found.blame("unexpected", f"order {order} at {marker}")
            continue
        by_marker[marker].append((order, status))
        if status not in ENDED:
            found.blame("unfinished", f"order {order} is {status}")
    for one in attempts:
        there = by_marker[one.marker]
        if len(there) > 1:
            found.blame("duplicated", f"{one.marker} is ordered {len(there)} times")
        if one.refusal:
            found.blame("refused", f"{one.marker}: {one.refusal}")
        elif one.id is None:
            found.recovered += bool(there)
            found.indeterminate += not there
        else:
            found.acknowledged += 1
            if any(order == one.id for order, _ in there):
                found.ok += 1
            else:
                found.blame("lost", f"order {one.id} at {one.marker}")
    return found
