"""Events: every one is handled or parked by all consumers, or in transit."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from typing_extensions import override

from foodctl.subscriptions import subscriptions
from foodctl.verify.check import Found, Violation
from foodctl.verify.places import Look, dead, retry_queues

_FIRST = str(UUID(int=0))
_SENT = "SELECT routing_key, count FROM outbox_published"
_SINCE = "SELECT since FROM outbox_counted"
# Events that arrived again after being dropped count as handled. Rows deleted by retention are counted separately.
_HANDLED = """
    WITH counted (handler, since) AS (VALUES {}),
    known AS (
        SELECT handler, event_id, false AS dropped FROM inbox UNION ALL
        SELECT handler, event_id, true FROM dropped_events AS gone
        WHERE NOT EXISTS (SELECT FROM inbox WHERE handler = gone.handler AND event_id = gone.event_id)
    )
    SELECT counted.handler, count(*) FILTER (WHERE dropped) AS dropped,
        count(*) FILTER (WHERE NOT dropped) + coalesce(min(pruned.count), 0) AS handled
    FROM counted
    LEFT JOIN known ON known.handler = counted.handler AND event_id >= since
    LEFT JOIN inbox_pruned AS pruned ON pruned.handler = counted.handler
    GROUP BY counted.handler
"""
_REFUSED = "SELECT routing_key, count(*) FROM outbox WHERE parked_at IS NOT NULL GROUP BY routing_key"


@dataclass
class Tallies(Found):
    """The events sent, by kind; handled and dropped, by consumer and kind; and parked, by consumer."""

    sent: Counter[str] = field(default_factory=Counter)
    handled: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    parked: Mapping[str, int] = field(default_factory=dict)

    @override
    def confirmed_by(self, later: Found) -> list[Violation]:
        """Compare the events handled now with those sent before, and those handled before with those sent now.

        So events in transit are never reported as lost, even while new ones are published.
        """
        assert isinstance(later, Tallies)
        still = {*_lost(self.sent, later), *_unsent(later.sent, self), *later.violations}
        return [one for one in self.violations if one in still]


def events(look: Look) -> Tallies:
    """Compare the counts of every publisher with those of every consumer."""
    found = Tallies(parked=look.parked)
    since = {package: _since(look, package) for package in look.connections}
    beginnings = defaultdict[str, str](lambda: max(since.values()))
    for package in look.connections:
        for row in look.rows(package, _SENT):
            found.sent[row.routing_key] += row.count
            beginnings[row.routing_key] = since[package]
        for row in look.rows(package, _REFUSED):
            subject = _place(package, row.routing_key)
            found.violations.append(Violation(7, subject, "is refused by the broker", f"{row.count} times"))
    for package in look.connections:
        _count(look, package, beginnings, found)
    found.checked[7] = sum(found.handled.values()) + sum(look.parked.values())
    found.remarks = [
        f"{_place(*place)}: {count} dropped by operators" for place, count in sorted(found.dropped.items())
    ]
    found.violations += [*_lost(found.sent, found), *_unsent(found.sent, found)]
    return found


def _since(look: Look, package: str) -> str:
    """Return the id before which a publisher's events were not counted, or None."""
    return max((str(row.since) for row in look.rows(package, _SINCE)), default=_FIRST)


def _count(look: Look, package: str, beginnings: Mapping[str, str], found: Tallies) -> None:
    """Count the events that one consumer has handled or that were dropped."""
    subscribed = subscriptions(package)
    if not subscribed:
        return
    values = ", ".join(f"('{handler}', '{beginnings[key]}'::uuid)" for handler, key in subscribed.items())
    for row in look.rows(package, _HANDLED.format(values)):
        place = package, subscribed[row.handler]
        found.handled[place] = row.handled
        if row.dropped:
            found.dropped[place] = row.dropped


def _place(package: str, key: str) -> str:
    return f"{package.replace('_', '-')} {key}"


def _lost(sent: Counter[str], by: Tallies) -> Iterator[Violation]:
    """Find events that were sent and neither handled, dropped nor parked; parked messages are only counted."""
    counts = {place: count + by.dropped[place] for place, count in by.handled.items()}
    short = {place: sent[place[1]] - count for place, count in counts.items() if count < sent[place[1]]}
    for package in {package for package, _ in short}:
        parked = by.parked.get(package, 0)
        mine = {key: missing for (subscriber, key), missing in short.items() if subscriber == package}
        if sum(mine.values()) > parked:
            for key, missing in mine.items():
                detail = f"{missing} of {sent[key]}, with {parked} parked"
                yield Violation(7, _place(package, key), "was sent and not handled", detail)


def _unsent(sent: Counter[str], by: Tallies) -> Iterator[Violation]:
    for place, count in by.handled.items():
        if count > sent[place[1]]:
            detail = f"{count} handled, {sent[place[1]]} sent"
            yield Violation(7, _place(*place), "was handled and never sent", detail)


_OUTBOX = """
    SELECT routing_key, count(*), min(id) AS oldest, max(id) AS newest
    FROM outbox WHERE parked_at IS NULL GROUP BY routing_key
"""
_EFFECTS = "SELECT count(*), min(created_at) AS oldest, now() AS at FROM effects"
# Deadlines that are overdue for longer are a separate violation.
_DUE = "SELECT count(*) FROM deadlines WHERE due_at BETWEEN now() - interval '2 minutes' AND now()"


@dataclass
class Flight:
    """Unfinished work by place, the progress of each publisher and consumer, and the age of the oldest effects."""

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
        """Return the unfinished work with its numbers."""
        return [f"{count} {what}" for what, count in sorted(self.waiting.items())]

    def as_before(self, earlier: "Flight") -> bool:
        """Return whether nothing has changed since an earlier look."""
        return (self.waiting, self.sent, self.ended) == (earlier.waiting, earlier.sent, earlier.ended)

    def after(self, earlier: "Flight") -> bool:
        """Return whether all work of an earlier look has ended; new work is ignored."""
        return not any(self._left_of(earlier))

    def _left_of(self, earlier: "Flight") -> Iterator[bool]:
        # Newer messages overtake those that wait for a retry.
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
    """Count the unfinished work in every outbox, queue and effects table, and the deadlines that are due."""
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
            found.retried += length if queue in retry_queues() else 0
    return found
