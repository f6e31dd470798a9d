"""Invariant 7: what relays have sent is what subscribers have handled or parked, or operators dropped, by kind."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from typing_extensions import override

from foodctl.subscriptions import subscriptions
from foodctl.verify.check import Found
from foodctl.verify.places import Look
from foodctl.verify.report import Violation

_FIRST = str(UUID(int=0))
_SENT = "SELECT routing_key, count FROM outbox_published"
_SINCE = "SELECT since FROM outbox_counted"
# What came again after it was dropped is handled. What retention has deleted is counted in its place.
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
    """What was sent, by kind, handled and dropped, by subscriber and kind, and parked, by subscriber."""

    sent: Counter[str] = field(default_factory=Counter)
    handled: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    parked: Mapping[str, int] = field(default_factory=dict)

    @override
    def confirmed_by(self, later: Found) -> list[Violation]:
        """Count what is handled by now against what was sent before, and what was handled before against what is sent.

        So events on their way are never taken for lost, however many more come meanwhile.
        """
        assert isinstance(later, Tallies)
        still = {*_lost(self.sent, later), *_unsent(later.sent, self), *later.violations}
        return [one for one in self.violations if one in still]


def events(look: Look) -> Tallies:
    """Compare the counts of every publisher with those of every subscriber."""
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
    found.remarks = [f"{_place(*place)}: {count} dropped on purpose" for place, count in sorted(found.dropped.items())]
    found.violations += [*_lost(found.sent, found), *_unsent(found.sent, found)]
    return found


def _since(look: Look, package: str) -> str:
    """Give the id before which a publisher's events were not counted, if there were any."""
    return max((str(row.since) for row in look.rows(package, _SINCE)), default=_FIRST)


def _count(look: Look, package: str, beginnings: Mapping[str, str], found: Tallies) -> None:
    """Count what one subscriber has handled or will never see."""
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
    """Find what was sent and neither handled, dropped nor parked; a parked message doesn't tell us here what it is."""
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
