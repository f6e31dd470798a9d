"""An aggregate as the simulation stores it: facts, timers, inbox, outbox and effects, changed only by commits."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from foodchassis import Decision, Effect, Event, EventRouter, Timer

R = TypeVar("R")
Decide = Callable[..., Decision[Any]]


@dataclass(frozen=True, slots=True)
class Letter:
    """An event under its id, as it waits in an outbox and travels."""

    id: int
    event: Event


@dataclass(frozen=True, slots=True)
class Work(Generic[R]):
    """One transaction: a decision, and what it takes off the node's tables when it commits."""

    trigger: str
    decision: Decision[R]
    claimed: Letter | None = None
    rung: Timer | None = None
    answered: str | None = None


class Node(Generic[R]):
    """A service's one aggregate; it listens to what the service's own router handles of an order's life."""

    def __init__(self, name: str, decide: Decide, policy: Any, router: EventRouter, first_id: int) -> None:
        self.name = name
        self.decide = decide
        self.policy = policy
        self.listens = frozenset(kind for kind in router.handlers if kind.subject_field in SUBJECTS)
        self.row: R | None = None
        self.history: list[Any] = []
        self.timers: dict[Timer, datetime] = {}
        self.inbox: Counter[int] = Counter()
        self.outbox: list[Letter] = []
        self.published: list[tuple[int, Event]] = []
        self.effects: dict[str, Effect] = {}
        self.wanted: set[str] = set()
        self.triggers: Counter[str] = Counter()
        self.commits = 0
        self._next_id = first_id

    def decided(self, trigger: str, event: Any, now: datetime, subject: UUID | None = None) -> Decision[R]:
        """Return what the service decides. Raises ServiceError."""
        return self.decide(self.row, trigger, event=event, now=now, policy=self.policy)

    def commit(self, work: Work[R], now: datetime) -> None:
        """Make a transaction's changes real, all at once, as `foodchassis.messaging.process` does."""
        decision = work.decision
        self.row = decision.row
        self.history += decision.history
        gone = {work.rung, *decision.stopped}
        self.timers = {timer: due for timer, due in self.timers.items() if timer not in gone}
        self.timers |= {timer: now + wait for timer, wait in decision.started.items()}
        if work.answered is not None:
            self.effects.pop(work.answered, None)
        for effect in decision.effects:
            self.effects.setdefault(effect.key, effect)
            self.wanted.add(effect.key)
        if work.claimed is not None:
            self.inbox[work.claimed.id] += 1
        for event, sequence in decision.events:
            self.published.append((sequence, event))
            self.outbox.append(self.letter(event))
        self.triggers[work.trigger] += 1
        self.commits += 1

    def letter(self, event: Event) -> Letter:
        """Give an event the id that consumers know it by."""
        self._next_id += 1
        return Letter(self._next_id, event)


SUBJECTS = frozenset({"order_id", "payment_id", "delivery_id"})
