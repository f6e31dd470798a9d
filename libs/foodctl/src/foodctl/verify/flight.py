"""What is under way at one look, and whether it has all come to its end by a later one."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from foodctl.verify.events import events
from foodctl.verify.places import Look
from foodctl.verify.queues import dead, waiting_rooms

_OUTBOX = """
    SELECT routing_key, count(*), min(id) AS oldest, max(id) AS newest
    FROM outbox WHERE parked_at IS NULL GROUP BY routing_key
"""
_EFFECTS = "SELECT count(*), min(created_at) AS oldest, now() AS at FROM effects"
# What came due longer ago is a violation of its own.
_DUE = "SELECT count(*) FROM deadlines WHERE due_at BETWEEN now() - interval '2 minutes' AND now()"


@dataclass
class Flight:
    """What waits, by place; how far each publisher and subscriber has come; and how old the oldest effects are."""

    waiting: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    parked: Mapping[str, int] = field(default_factory=dict)
    oldest: dict[str, int] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    effects: dict[str, datetime] = field(default_factory=dict)
    at: dict[str, datetime] = field(default_factory=dict)
    retried: int = 0

    @property
    def lines(self) -> list[str]:
        """Return what is waited for, with its number."""
        return [f"{count} {what}" for what, count in sorted(self.waiting.items())]

    def as_before(self, earlier: "Flight") -> bool:
        """Return whether nothing has moved since an earlier look."""
        return (self.waiting, self.sent, self.ended) == (earlier.waiting, earlier.sent, earlier.ended)

    def after(self, earlier: "Flight") -> bool:
        """Return whether all that was under way at an earlier look has ended; new work doesn't count."""
        return not any(self._left_of(earlier))

    def _left_of(self, earlier: "Flight") -> Iterator[bool]:
        # Newer messages overtake those that wait for their next try.
        yield self.retried > 0
        for package, newest in earlier.newest.items():
            yield self.oldest.get(package, newest + 1) <= newest
        for package, at in earlier.at.items():
            yield self.effects.get(package, at) < at
        short = Counter[str]()
        for (package, key), count in self.ended.items():
            short[package] += max(0, earlier.sent[key] - count)
        for package, missing in short.items():
            yield missing > self.parked.get(package, 0)


def flight(look: Look) -> Flight:
    """Count what is under way in every outbox, queue and effects table, and every deadline that is due."""
    counts = events(look)
    found = Flight(sent=counts.sent.copy(), ended=counts.handled + counts.dropped, parked=look.parked)
    # Adding counters has dropped those at zero.
    found.ended.update(dict.fromkeys(counts.handled, 0))
    for package in look.connections:
        service = package.replace("_", "-")
        for row in look.rows(package, _OUTBOX):
            found.waiting[f"events in the outbox of {service}"] += row.count
            found.sent[row.routing_key] += row.count
            found.oldest[package] = min(row.oldest, found.oldest.get(package, row.oldest))
            found.newest[package] = max(row.newest, found.newest.get(package, row.newest))
        [effects] = look.rows(package, _EFFECTS)
        found.at[package] = effects.at
        if effects.count:
            found.effects[package] = effects.oldest
            found.waiting[f"effects of {service}"] = effects.count
        if due := look.number(package, _DUE):
            found.waiting[f"deadlines of {service} that are due"] = due
    parked = {dead(package) for package in look.connections}
    for queue, length in look.queues.items():
        if length and queue not in parked:
            found.waiting[f"messages in the queue {queue}"] = length
            found.retried += length if queue in waiting_rooms() else 0
    return found
