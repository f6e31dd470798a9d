"""The changes that a trigger makes, as data: decided by a pure function, applied by `foodchassis.messaging.process`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Generic, NamedTuple, Self, TypeVar
from uuid import UUID

from foodchassis.kernel.events import Event

R = TypeVar("R")


@dataclass(frozen=True)
class Policy:
    """The settings that a service's decisions need: each field of a subclass has the name of its setting."""

    @classmethod
    def of(cls, settings: object) -> Self:
        """Return the policy that the attributes of `settings` describe."""
        return cls(**{number.name: getattr(settings, number.name) for number in fields(cls)})


class Timer(NamedTuple):
    """A deadline, identified by its name and subject; setting it again replaces it."""

    name: str
    subject: UUID


class Announcement(NamedTuple):
    """An event to publish; `sequence` counts per aggregate."""

    event: Event
    sequence: int = 1


@dataclass(frozen=True, slots=True)
class Effect:
    """A request to another system, sent after the decision is committed; its response is the next trigger.

    `key` makes it safe to repeat, `name` selects the handler that sends it, and `payload` is its content, as JSON.
    Effects that share a group delay each other before they delay other effects; `groups` go from narrow, such as one
    user, to wide, such as one company.
    """

    key: str
    name: str
    subject: UUID
    payload: Mapping[str, Any]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision(Generic[R]):
    """The facts after a trigger, and the rows, events, timers and effects that follow from it."""

    row: R
    history: tuple[Any, ...] = ()
    events: tuple[Announcement, ...] = ()
    started: Mapping[Timer, timedelta] = field(default_factory=dict)
    stopped: frozenset[Timer] = frozenset()
    effects: tuple[Effect, ...] = ()

    def then(self, after: "Decision[R]") -> "Decision[R]":
        """Return this decision followed by `after`, which was decided on the row of this one."""
        kept = {timer: wait for timer, wait in self.started.items() if timer not in after.stopped}
        return Decision(
            after.row,
            (*self.history, *after.history),
            (*self.events, *after.events),
            {**kept, **after.started},
            (self.stopped - after.started.keys()) | after.stopped,
            (*self.effects, *after.effects),
        )
