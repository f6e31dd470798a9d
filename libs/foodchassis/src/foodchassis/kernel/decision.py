"""What a trigger changes, as data: decided by a pure function, applied by `foodchassis.messaging.process`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Generic, NamedTuple, Self, TypeVar
from uuid import UUID

from foodchassis.kernel.events import Event

R = TypeVar("R")


@dataclass(frozen=True)
class Policy:
    """The numbers that a service's decisions need: a subclass names each like the setting it comes from."""

    @classmethod
    def of(cls, settings: object) -> Self:
        """Return the policy that the attributes of `settings` describe."""
        return cls(**{number.name: getattr(settings, number.name) for number in fields(cls)})


class Timer(NamedTuple):
    """A deadline by its name and by what it is for; setting one again replaces it."""

    name: str
    subject: UUID


class Announcement(NamedTuple):
    """An event to publish; `sequence` counts per aggregate."""

    event: Event
    sequence: int = 1


@dataclass(frozen=True, slots=True)
class Effect:
    """A question to another system, asked once the decision is committed; its answer is the next trigger.

    `key` makes it safe to repeat, `name` says who asks, and `payload` is what the asker needs, as JSON. Effects that
    share a group wait for each other before they delay anything else; `groups` go from narrow, such as one user, to
    wide, such as one company.
    """

    key: str
    name: str
    subject: UUID
    payload: Mapping[str, Any]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision(Generic[R]):
    """The facts after a trigger, and everything to be stored, published, timed and asked because of it."""

    row: R
    history: tuple[Any, ...] = ()
    events: tuple[Announcement, ...] = ()
    started: Mapping[Timer, timedelta] = field(default_factory=dict)
    stopped: frozenset[Timer] = frozenset()
    effects: tuple[Effect, ...] = ()

    def then(self, after: "Decision[R]") -> "Decision[R]":
        """Return this decision with `after`, which was decided on its row, added to it."""
        kept = {timer: wait for timer, wait in self.started.items() if timer not in after.stopped}
        return Decision(
            after.row,
            (*self.history, *after.history),
            (*self.events, *after.events),
            {**kept, **after.started},
            (self.stopped - after.started.keys()) | after.stopped,
            (*self.effects, *after.effects),
        )
