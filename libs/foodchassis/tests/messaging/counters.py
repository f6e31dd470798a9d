"""A small aggregate for tests: a counter that publishes, sets timers and has effects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import text
from typing_extensions import override

from foodchassis import Database, Event, Resources, UnprocessableError
from foodchassis.kernel import Announcement, Decision, Effect, Timer
from foodchassis.messaging import Aggregate
from foodchassis.storage import Rows, Statement

SLOW = timedelta(hours=1)


class CounterRaised(Event, type="counter.raised.v1", subject="counter_id"):
    """The value of a counter changed."""

    counter_id: UUID
    value: int


@dataclass(frozen=True)
class Counter:
    id: UUID
    value: int = 0


class Counters(Aggregate[Counter]):
    """Counters in a table that the tests create."""

    name: ClassVar[str] = "counter"

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    @override
    def lock(self, key: UUID, by: str, *, wait: bool) -> Statement:
        skip = "" if wait else " SKIP LOCKED"
        return Statement(f"SELECT id, value FROM counters WHERE {by} = %(key)s FOR UPDATE{skip}", {"key": key})

    @override
    def read(self, rows: Rows) -> Counter | None:
        return Counter(*rows[0]) if rows else None

    @override
    def decide(
        self, row: Counter | None, trigger: str, *, event: Any, now: datetime, resources: Resources
    ) -> Decision[Counter]:
        if trigger == "refuse":
            raise UnprocessableError("No.")
        raised = replace(row or Counter(event), value=(row.value if row else 0) + 1)
        timer = Timer("counter.slow", raised.id)
        return Decision(
            raised,
            events=(Announcement(CounterRaised(counter_id=raised.id, value=raised.value), raised.value),),
            started={timer: SLOW} if trigger != "stop" else {},
            stopped=frozenset({timer}) if trigger == "stop" else frozenset(),
            effects=(Effect(f"{raised.id}:{raised.value}", "count", raised.id, {"value": raised.value}, ("all",)),)
            if trigger == "ask"
            else (),
        )

    @override
    def store(self, before: Counter | None, decision: Decision[Counter]) -> Sequence[Statement]:
        known = {"id": decision.row.id, "value": decision.row.value}
        if before is None:
            return [Statement("INSERT INTO counters (id, value) VALUES (%(id)s, %(value)s)", known)]
        return [Statement("UPDATE counters SET value = %(value)s WHERE id = %(id)s", known)]

    @override
    def committed(
        self, before: Counter | None, decision: Decision[Counter], trigger: str, resources: Resources
    ) -> None:
        self.seen.append((trigger, decision.row.value))


async def make_table(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE counters (id uuid PRIMARY KEY, value int NOT NULL)"))
