"""Invariant 7: what publishers' relays have sent is what subscribers have handled or parked, counted by kind."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec

from typing_extensions import override

from foodchassis import EventRouter
from foodctl.verify.check import Found
from foodctl.verify.places import Look
from foodctl.verify.report import Violation

_SENT = "SELECT routing_key, count FROM outbox_published"
_HANDLED = "SELECT handler, count(*) FROM inbox GROUP BY handler"
_REFUSED = "SELECT routing_key, count(*) FROM outbox WHERE parked_at IS NOT NULL GROUP BY routing_key"


@dataclass
class Tallies(Found):
    """What was sent, by kind, handled, by subscriber and kind, and parked, by subscriber."""

    sent: Counter[str] = field(default_factory=Counter)
    handled: Counter[tuple[str, str]] = field(default_factory=Counter)
    parked: Mapping[str, int] = field(default_factory=dict)

    @override
    def confirmed_by(self, later: Found) -> list[Violation]:
        """Count what is handled by now against what was sent before, and what was handled before against what is sent.

        So events on their way are never taken for lost, however many more come meanwhile.
        """
        assert isinstance(later, Tallies)
        still = {*_lost(self.sent, later), *_unsent(later.sent, self), *later.violations}
        return [one for one in self.violations if one in still]


def events(look: Look) -> Found:
    """Compare the counts of every publisher with those of every subscriber."""
    found = Tallies(parked=look.parked)
    for package in look.connections:
        for row in look.rows(package, _SENT):
            found.sent[row.routing_key] += row.count
        counts = {row.handler: row.count for row in look.rows(package, _HANDLED)}
        for handler, key in _subscriptions(package).items():
            found.handled[package, key] = counts.get(handler, 0)
        for row in look.rows(package, _REFUSED):
            subject = f"{package.replace('_', '-')} {row.routing_key}"
            found.violations.append(Violation(7, subject, "is refused by the broker", f"{row.count} times"))
    found.checked[7] = sum(found.handled.values()) + sum(look.parked.values())
    found.violations += [*_lost(found.sent, found), *_unsent(found.sent, found)]
    return found


def _subscriptions(package: str) -> dict[str, str]:
    """Give what a service's handlers are for: their names and their events' routing keys."""
    if find_spec(f"{package}.handlers") is None:
        return {}
    router: EventRouter = import_module(f"{package}.handlers").events
    return {handler.__name__: event.routing_key for event, handler in router.handlers.items()}


def _lost(sent: Counter[str], by: Tallies) -> Iterator[Violation]:
    """Find what was sent and neither handled nor parked; a parked message doesn't tell us here what it is."""
    short = {place: sent[place[1]] - count for place, count in by.handled.items() if count < sent[place[1]]}
    for package in {package for package, _ in short}:
        parked = by.parked.get(package, 0)
        mine = {key: missing for (subscriber, key), missing in short.items() if subscriber == package}
        if sum(mine.values()) > parked:
            for key, missing in mine.items():
                detail = f"{missing} of {sent[key]}, with {parked} parked"
                yield Violation(7, f"{package.replace('_', '-')} {key}", "was sent and not handled", detail)


def _unsent(sent: Counter[str], by: Tallies) -> Iterator[Violation]:
    for (package, key), count in by.handled.items():
        if count > sent[key]:
            detail = f"{count} handled, {sent[key]} sent"
            yield Violation(7, f"{package.replace('_', '-')} {key}", "was handled and never sent", detail)
