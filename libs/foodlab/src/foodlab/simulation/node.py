"""An aggregate as the simulation stores it: facts, timers, inbox, outbox and effects, changed only by commits."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from foodchassis import Decision, Effect, Event, EventRouter, Resources, Timer

Decide = Callable[..., Decision[Any]]
SUBJECTS = frozenset({"order_id", "payment_id", "delivery_id"})


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """An event as it waits in an outbox and travels; consumers know it by its identity."""

    id: int
    event: Event


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction: a decision, and what it takes off the node's tables when it commits."""

    trigger: str
    decision: Decision[Any]
    claimed: Letter | None = None
    rung: Timer | None = None
    answered: str | None = None


class Node:
    """A service's one aggregate; it listens to what the service's own router handles of an order's life."""

    def __init__(self, name: str, decide: Decide, router: EventRouter, resources: Resources) -> None:
        self.name = name
        self.decide = decide
        self.resources = resources
        self.listens = frozenset(kind for kind in router.handlers if kind.subject_field in SUBJECTS)
        self.row: Any = None
        self.history: list[Any] = []
        self.timers: dict[Timer, datetime] = {}
        self.inbox: Counter[Letter] = Counter()
        self.outbox: list[Letter] = []
        self.published: list[tuple[int, Event]] = []
        self.effects: dict[str, Effect] = {}
        self.wanted: set[str] = set()
        self.triggers: Counter[str] = Counter()
        self.commits = 0

    def decided(self, trigger: str, event: Any, now: datetime, subject: UUID | None) -> Decision[Any]:  # noqa: ARG002
        """Return what the service decides; `subject` is a timer's. Raises ServiceError."""
        return self.decide(self.row, trigger, event=event, now=now, resources=self.resources)

    def commit(self, work: Work, now: datetime) -> None:
        """Make a transaction's changes real, all at once, as `foodchassis.messaging.process` does."""
        decision, gone = work.decision, {work.rung, *work.decision.stopped}
        self.row = decision.row
        self.history += decision.history
        self.timers = {timer: due for timer, due in self.timers.items() if timer not in gone}
        self.timers |= {timer: now + wait for timer, wait in decision.started.items()}
        self.effects.pop(work.answered or "", None)
        self.effects = {effect.key: effect for effect in decision.effects} | self.effects
        self.wanted |= self.effects.keys()
        self.inbox.update([work.claimed] if work.claimed else [])
        for event, sequence in decision.events:
            self.published.append((sequence, event))
            self.outbox.append(Letter(len(self.published), event))
        self.triggers[work.trigger] += 1
        self.commits += 1
