"""A service as the simulation sees it: one row, timers, an inbox and an outbox, changed only by commits."""

from abc import ABC, abstractmethod
from collections import Counter
from copy import copy
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from foodchassis import Event
from foodctl.simulation.work import Letter, Work

R = TypeVar("R")


class Node(ABC, Generic[R]):
    """A service's state, and how work on it begins and ends."""

    name: ClassVar[str]
    listens: ClassVar[frozenset[type[Event]]]

    def __init__(self, first_id: int) -> None:
        self.row: R | None = None
        self.timers: dict[str, datetime] = {}
        self.inbox: Counter[int] = Counter()
        self.heard: set[type[Event]] = set()
        self.outbox: list[Letter] = []
        self.commits = 0
        self._next_id = first_id

    @abstractmethod
    def handle(self, work: Work[R], event: Event) -> None:
        """Do what the service does when `event` arrives. Raises ServiceError to see it again later."""

    @abstractmethod
    def ring(self, work: Work[R], timer: str) -> None:
        """Do what the service does when a timer has run out."""

    def begin(self, now: datetime) -> Work[R]:
        """Open a transaction."""
        return Work(copy(self.row), now, dict(self.timers))

    def commit(self, work: Work[R]) -> None:
        """Make a transaction's changes real, all at once."""
        self.row, self.timers = work.row, work.timers
        if work.claimed is not None:
            self.inbox[work.claimed.id] += 1
            self.heard.add(type(work.claimed.event))
        self.outbox += [self.letter(event, sequence) for event, sequence in work.published]
        self.commits += 1

    def letter(self, event: Event, sequence: int) -> Letter:
        """Give an event the id that consumers know it by."""
        self._next_id += 1
        return Letter(self._next_id, event, sequence)
