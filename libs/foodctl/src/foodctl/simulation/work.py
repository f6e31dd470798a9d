"""One transaction of a node: what it changes takes effect when it commits, or not at all."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from foodchassis import Event

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Letter:
    """An event under its id, as it waits in an outbox and travels."""

    id: int
    event: Event
    sequence: int


@dataclass(slots=True)
class Work(Generic[R]):
    """A copy of the node's row to change, the timers it sets, the events it publishes, and what it notes."""

    row: R | None
    now: datetime
    timers: dict[str, datetime]
    claimed: Letter | None = None
    published: list[tuple[Event, int]] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)

    def publish(self, event: Event, sequence: int) -> None:
        """Tell the world of `event`, if and only if this commits."""
        self.published.append((event, sequence))

    def set_timer(self, name: str, seconds: float) -> None:
        """Have `name` handled once the seconds have passed."""
        self.timers[name] = self.now + timedelta(seconds=seconds)

    def clear_timer(self, name: str) -> None:
        """Forget a timer, if it is set."""
        self.timers.pop(name, None)
