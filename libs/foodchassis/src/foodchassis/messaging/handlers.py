"""Events in: a service's handlers of events, of passed deadlines and of effects, and its gauges."""

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
# Each handler says by its last parameter whether it wants a plain transaction or the ORM's session.
EventHandler = Callable[[E, AsyncSession], Awaitable[None]] | Callable[[E, Transaction], Awaitable[None]]
DeadlineHandler = Callable[[UUID, AsyncSession], Awaitable[None]] | Callable[[UUID, Transaction], Awaitable[None]]
# What a handler sends first, to lock and read the one row that it changes.
First = Callable[[Any], Sequence[Statement]]
Measure = Callable[[AsyncSession], Awaitable[None]]
H = TypeVar("H", bound=Callable[..., Awaitable[None]])


class EffectHandler(NamedTuple):
    """How one kind of effect is asked outside any transaction, and what its answer does inside one."""

    ask: Callable[[Effect, Resources], Awaitable[Any]]
    answered: Callable[[Effect, Any, Transaction], Awaitable[None]]


class EventRouter:
    """Collects a service's handlers of events, of passed deadlines and of effects, and what it measures."""

    def __init__(self) -> None:
        self.handlers: dict[type[Event], EventHandler[Any]] = {}
        self.first: dict[type[Event], First] = {}
        self.deadlines: dict[str, DeadlineHandler] = {}
        self.effects: dict[str, EffectHandler] = {}
        self.measures: list[Measure] = []

    def on(self, event_type: type[Event], *, first: First | None = None) -> Callable[[H], H]:
        """Handle each event of this type once: `async def on_order_placed(event, transaction)`.

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
        """Handle the passing of a deadline by its name: `async def on_offer_lapsed(subject, transaction)`."""

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
        """Ask the effects of this name by `ask`; its answer is committed by `answered`, in one transaction."""
        self.effects[name] = EffectHandler(ask, answered)

    def measure(self, measure: Measure) -> Measure:
        """Have a gauge set from the database at an interval: `async def overdue_orders(session)`."""
        self.measures.append(measure)
        return measure


@asynccontextmanager
async def opened(handler: Callable[..., Any], database: Database) -> AsyncIterator[AsyncSession | Transaction]:
    """Open what `handler` wants as its last argument; its work is committed when the block ends well."""
    if takes_transaction(handler):
        async with database.begin() as transaction:
            yield transaction
    else:
        async with database.in_hand, database.transaction() as session:
            yield session


@cache
def takes_transaction(handler: Callable[..., Any]) -> bool:
    """Return whether `handler` works on a plain transaction, without the ORM."""
    *_, last = inspect.signature(handler, eval_str=True).parameters.values()
    return last.annotation is Transaction
