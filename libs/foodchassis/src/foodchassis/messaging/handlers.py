"""Events in: a service's handlers of events and of passed deadlines, and its gauges, collected by decorators."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.events import Event

E = TypeVar("E", bound=Event)
EventHandler = Callable[[E, AsyncSession], Awaitable[None]]
DeadlineHandler = Callable[[UUID, AsyncSession], Awaitable[None]]
Measure = Callable[[AsyncSession], Awaitable[None]]


class EventRouter:
    """Collects a service's handlers of events and of passed deadlines, and what it measures."""

    def __init__(self) -> None:
        self.handlers: dict[type[Event], EventHandler[Any]] = {}
        self.deadlines: dict[str, DeadlineHandler] = {}
        self.measures: list[Measure] = []

    def on(self, event_type: type[E]) -> Callable[[EventHandler[E]], EventHandler[E]]:
        """Handle each event of this type once: `async def on_order_placed(event, session)`."""

        def register(handler: EventHandler[E]) -> EventHandler[E]:
            if event_type in self.handlers:
                msg = f"{event_type.__name__} has a handler already: {self.handlers[event_type].__name__}"
                raise ValueError(msg)
            self.handlers[event_type] = handler
            return handler

        return register

    def at(self, deadline: str) -> Callable[[DeadlineHandler], DeadlineHandler]:
        """Handle the passing of a deadline by its name: `async def on_offer_lapsed(subject, session)`."""

        def register(handler: DeadlineHandler) -> DeadlineHandler:
            self.deadlines[deadline] = handler
            return handler

        return register

    def measure(self, measure: Measure) -> Measure:
        """Have a gauge set from the database at an interval: `async def overdue_orders(session)`."""
        self.measures.append(measure)
        return measure
