"""A service's handlers of events, deadlines and effects, and its gauges."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.decision import Effect
from foodchassis.kernel.events import Event
from foodchassis.kernel.resources import Resources
from foodchassis.storage.database import Database
from foodchassis.storage.transaction import Statement, Transaction

E = TypeVar("E", bound=Event)
# The type of a handler's last parameter selects a plain transaction or an ORM session.
EventHandler = Callable[[E, AsyncSession], Awaitable[None]] | Callable[[E, Transaction], Awaitable[None]]
DeadlineHandler = Callable[[UUID, AsyncSession], Awaitable[None]] | Callable[[UUID, Transaction], Awaitable[None]]
# The first statements of a handler, which lock and read the one row that it changes.
First = Callable[[Any], Sequence[Statement]]
Measure = Callable[[AsyncSession], Awaitable[None]]
H = TypeVar("H", bound=Callable[..., Awaitable[None]])


class EffectHandler(NamedTuple):
    """How one kind of effect is sent outside any transaction, and how its response is handled inside one."""

    ask: Callable[[Effect, Resources], Awaitable[Any]]
    answered: Callable[[Effect, Any, Transaction], Awaitable[None]]


class EventRouter:
    """Collects a service's handlers of events, deadlines and effects, and its gauges."""

    def __init__(self) -> None:
        self.handlers: dict[type[Event], EventHandler[Any]] = {}
        self.first: dict[type[Event], First] = {}
        self.deadlines: dict[str, DeadlineHandler] = {}
        self.effects: dict[str, EffectHandler] = {}
        self.measures: list[Measure] = []

    def on(self, event_type: type[Event], *, first: First | None = None) -> Callable[[H], H]:
        """Handle each event of this type once: `async def on_note_written(event, transaction)`.

        Under load the statements of `first` are sent for many events together; such a handler changes only their row.
        """

        def register(handler: H) -> H:
            if event_type in self.handlers:
                msg = f"{event_type.__name__} has a handler already: {self.handlers[event_type].__name__}"
                raise ValueError(msg)
            self.handlers[event_type] = handler
            if first is not None:
                self.first[event_type] = first
            return handler

        return register

    def at(self, deadline: str) -> Callable[[H], H]:
        """Handle the deadlines of this name: `async def on_offer_lapsed(subject, transaction)`."""

        def register(handler: H) -> H:
            self.deadlines[deadline] = handler
            return handler

        return register

    def effect(
        self,
        name: str,
        *,
        ask: Callable[[Effect, Resources], Awaitable[Any]],
        answered: Callable[[Effect, Any, Transaction], Awaitable[None]],
    ) -> None:
        """Send the effects of this name with `ask`; `answered` handles the response, in one transaction."""
        self.effects[name] = EffectHandler(ask, answered)

    def measure(self, measure: Measure) -> Measure:
        """Set a gauge from the database at an interval: `async def overdue_notes(session)`."""
        self.measures.append(measure)
        return measure


@asynccontextmanager
async def opened(handler: Callable[..., Any], database: Database) -> AsyncIterator[AsyncSession | Transaction]:
    """Open the session or transaction that `handler` takes; it is committed when the block ends without an error."""
    if takes_transaction(handler):
        async with database.begin() as transaction:
            yield transaction
    else:
        async with database.slots, database.transaction() as session:
            yield session


@cache
def takes_transaction(handler: Callable[..., Any]) -> bool:
    """Return whether `handler` works on a plain transaction, without the ORM."""
    *_, last = inspect.signature(handler, eval_str=True).parameters.values()
    return last.annotation is Transaction
