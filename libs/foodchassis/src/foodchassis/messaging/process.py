"""Applies a decision in one transaction: lock, decide, store, publish, set timers, store effects."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from foodchassis.kernel.decision import Decision
from foodchassis.kernel.errors import BusyError
from foodchassis.kernel.events import current_cause
from foodchassis.kernel.resources import Resources
from foodchassis.kernel.types import now
from foodchassis.messaging.effects import Effects
from foodchassis.messaging.outbox import outgoing
from foodchassis.storage import chassis
from foodchassis.storage.database import Database
from foodchassis.storage.pipeline import Rows
from foodchassis.storage.transaction import Statement, Transaction
from foodchassis.telemetry import tracing

R = TypeVar("R")


class Aggregate(ABC, Generic[R]):
    """How one kind of aggregate is locked, read, decided and stored; `R` is the type of its facts."""

    name: ClassVar[str]

    @abstractmethod
    def lock(self, key: UUID, by: str, *, wait: bool) -> Statement:
        """Return the statement that locks and reads the aggregate whose column `by` is `key`.

        Without `wait` it skips a row that another transaction holds.
        """

    def look(self, key: UUID, by: str) -> Statement | None:  # noqa: ARG002 - overrides use them
        """Return the statement that reads an aggregate of several tables, in the same round trip after `lock`.

        Only a statement that begins after the lock is acquired sees the changes of the previous holder in other tables.
        """
        return None

    @abstractmethod
    def read(self, rows: Rows) -> R | None:
        """Return the facts from the rows of `lock`, or of `look` after it; None when there is no such aggregate."""

    @abstractmethod
    def decide(self, row: R | None, trigger: str, *, event: Any, now: datetime, resources: Resources) -> Decision[R]:
        """Call the pure `decide` with the policy of the settings."""

    @abstractmethod
    def store(self, before: R | None, decision: Decision[R]) -> Sequence[Statement]:
        """Return the statements that store the new facts and history in the service's own tables."""

    def committed(self, before: R | None, decision: Decision[R], trigger: str, resources: Resources) -> None:
        """Log and count the committed change; does nothing by default."""


def opening(aggregate: Aggregate[Any], key: UUID, *, by: str = "id", wait: bool = True) -> list[Statement]:
    """Return the statements with which `process` begins: they lock and read the aggregate."""
    lock, look = aggregate.lock(key, by, wait=wait), aggregate.look(key, by)
    return [lock, look] if look else [lock]


async def load(
    transaction: Transaction, aggregate: Aggregate[R], key: UUID, *, by: str = "id", wait: bool = True
) -> R | None:
    """Lock an aggregate until the transaction ends and return its facts; None when it does not exist.

    Raises BusyError without `wait` when it cannot be locked.
    """
    held, *found = await transaction.send(*opening(aggregate, key, by=by, wait=wait))
    if not held and not wait:
        raise BusyError(f"Another transaction holds this {aggregate.name}.")
    return aggregate.read(found[0] if held and found else held)


async def process(
    transaction: Transaction,
    aggregate: Aggregate[R],
    key: UUID,
    trigger: str,
    *,
    by: str = "id",
    event: Any = None,
    wait: bool = True,
) -> Decision[R]:
    """Apply what `trigger` does to the aggregate whose column `by` is `key`, and return the decision.

    Raises what `decide` raises, and BusyError without `wait` when another transaction holds the row.
    """
    before = await load(transaction, aggregate, key, by=by, wait=wait)
    decision = aggregate.decide(before, trigger, event=event, now=now(), resources=transaction.resources)
    await apply(transaction, aggregate, before, decision, trigger)
    return decision


async def apply(
    transaction: Transaction, aggregate: Aggregate[R], before: R | None, decision: Decision[R], trigger: str
) -> None:
    """Store a decision on an aggregate that the transaction has locked, with its events, timers and effects."""
    await transaction.put(*aggregate.store(before, decision), *statements(transaction, decision))
    transaction.after_commit(partial(aggregate.committed, before, decision, trigger, transaction.resources))


def statements(transaction: Transaction, decision: Decision[Any]) -> list[Statement]:
    """Return a decision's statements on the chassis's tables, and start its effects after the commit."""
    resources, found = transaction.resources, list[Statement]()
    if decision.events:
        rows = [outgoing(resources, *announcement) for announcement in decision.events]
        found.append(Statement(chassis.PUBLISH, chassis.outbox_parameters(rows)))
        transaction.after_commit(resources.get(Database).published)
    if decision.stopped:
        found.append(chassis.stop_timers(decision.stopped))
    if decision.started:
        found.append(chassis.start_timers(decision.started, tracing.traceparent()))
    if decision.effects:
        cause, parent = current_cause(), tracing.traceparent()
        found.append(chassis.store_effects(decision.effects, cause.correlation_id, cause.causation_id, parent))
        transaction.after_commit(_begin(resources, decision))
    return found


def _begin(resources: Resources, decision: Decision[Any]) -> Callable[[], None]:
    return partial(resources.get(Effects).begin, decision.effects, current_cause(), tracing.traceparent())
