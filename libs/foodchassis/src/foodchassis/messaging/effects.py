"""Effects: requests to other systems, sent after a commit and outside any transaction; the response is a trigger."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import structlog
from opentelemetry.trace import SpanKind

from foodchassis.kernel.decision import Effect
from foodchassis.kernel.events import Cause, caused_by
from foodchassis.kernel.resources import Resources
from foodchassis.kernel.tasks import end
from foodchassis.messaging.handlers import EffectHandler
from foodchassis.messaging.lane import Lane
from foodchassis.storage import chassis
from foodchassis.storage.database import Database
from foodchassis.storage.pipeline import Rows
from foodchassis.storage.transaction import Statement, Transaction
from foodchassis.telemetry import metrics, tracing

log = structlog.get_logger()
# Further ones stay in the table, where the sweeper finds them.
MOST_WAITING = 10_000
DRAIN_SECONDS = 5.0


class AnsweredBeforeError(Exception):
    """The effect already has its response: it was sent twice, which its key makes harmless."""


@dataclass(frozen=True, slots=True)
class Question:
    """An effect in progress, with the work that caused it and the time from which other instances may take it over."""

    effect: Effect
    cause: Cause
    traceparent: str | None
    attempts: int
    leased_until: float


class Effects:
    """Sends the effects of this instance, a bounded number at once and fairly by group."""

    def __init__(self, resources: Resources, handlers: Mapping[str, EffectHandler]) -> None:
        self._resources = resources
        self._settings = resources.settings
        self._handlers = handlers
        self._waiting: dict[str, deque[Question]] = {}
        self._busy: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: dict[str, asyncio.Event] = {}
        metrics.at_zero(metrics.effects, handlers, ("answered", "postponed"))

    def begin(self, effects: Iterable[Effect], cause: Cause, traceparent: str | None) -> None:
        """Queue effects that were just committed; never waits."""
        for effect in effects:
            self._enqueue(Question(effect, cause, traceparent, 0, self._lease()))
        self._start_next()

    async def finished(self, key: str, seconds: float) -> None:
        """Wait until the response of an effect of this instance is committed. Raises TimeoutError."""
        if done := self._done.get(key):
            async with asyncio.timeout(seconds):
                await done.wait()

    async def run(self) -> None:
        """Send effects again that a crash or an error left without a response, until cancelled."""
        while True:
            await asyncio.sleep(self._settings.sweep_interval)
            try:
                await self._take_left()
            except Exception as error:  # noqa: BLE001 - the sweeper continues after every database error
                log.warning("effects.stalled", error=repr(error)[:200])

    async def close(self) -> None:
        """Wait a limited time for effects in progress; another instance takes over the rest."""
        self._waiting.clear()
        if self._tasks:
            await asyncio.wait([*self._tasks], timeout=DRAIN_SECONDS)
        await end(*self._tasks)

    async def _take_left(self) -> None:
        free = self._settings.concurrent_effects - len(self._tasks)
        if free <= 0 or not self._handlers:
            return
        taken = {"lease": self._settings.effect_lease, "names": [*self._handlers], "limit": free}
        async with self._resources.get(Database).begin() as transaction:
            (rows,) = await transaction.send(Statement(chassis.TAKE_EFFECTS, taken))
        for key, name, subject, payload, groups, attempts, correlation_id, causation_id, traceparent in rows:
            effect = Effect(key, name, subject, payload, tuple(groups))
            cause = Cause(correlation_id=correlation_id, causation_id=causation_id)
            self._enqueue(Question(effect, cause, traceparent, attempts, self._lease()))
        self._start_next()

    def _lease(self) -> float:
        return time.monotonic() + self._settings.effect_lease

    def _enqueue(self, question: Question) -> None:
        effect = question.effect
        if sum(map(len, self._waiting.values())) < MOST_WAITING:
            self._done.setdefault(effect.key, asyncio.Event())
            self._waiting.setdefault(effect.groups[0] if effect.groups else effect.key, deque()).append(question)

    def _start_next(self) -> None:
        while len(self._tasks) < self._settings.concurrent_effects and (question := self._next()) is not None:
            self._busy.update(question.effect.groups)
            task = asyncio.create_task(self._ask(question))
            self._tasks.add(task)
            task.add_done_callback(lambda task, groups=question.effect.groups: self._ended(task, groups))  # type: ignore[misc]

    def _next(self) -> Question | None:
        """Take the next effect of the group that has waited longest and is below its limit."""
        for group, questions in [*self._waiting.items()]:
            if not self._may_begin(questions[0].effect.groups):
                continue
            question = questions.popleft()
            del self._waiting[group]
            if questions:
                self._waiting[group] = questions
            if question.leased_until > time.monotonic():
                return question
            self._done.pop(question.effect.key, None)
        return None

    def _may_begin(self, groups: tuple[str, ...]) -> bool:
        """Return whether each group is below its limit: the setting for the narrowest, half of all for the others."""
        limits = chain(
            [self._settings.effects_of_a_group], [max(1, self._settings.concurrent_effects // 2)] * len(groups)
        )
        return all(self._busy[group] < limit for group, limit in zip(groups, limits, strict=False))

    def _ended(self, task: "asyncio.Task[None]", groups: tuple[str, ...]) -> None:
        self._tasks.discard(task)
        self._busy.subtract(groups)
        self._busy += Counter()
        self._start_next()

    async def _ask(self, question: Question) -> None:
        effect, handler = question.effect, self._handlers[question.effect.name]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=question.cause.correlation_id)
        caused_by(question.cause.correlation_id, question.cause.causation_id)
        with tracing.span(f"effect {effect.name}", question.traceparent, SpanKind.INTERNAL):
            try:
                answer = await handler.ask(effect, self._resources)

                async def work(transaction: Transaction) -> None:
                    await transaction.put(Statement(chassis.FINISH_EFFECT, {"key": effect.key}, _still_open))
                    await handler.answered(effect, answer, transaction)

                await self._resources.get(Lane).do(work)
            except AnsweredBeforeError:
                log.info("effect.answered_before", key=effect.key)
            except Exception as error:  # noqa: BLE001 - after any error, the effect is sent again with the same key
                await self._postpone(question, error)
                return
        metrics.effects.labels(effect.name, "answered").inc()
        if done := self._done.pop(effect.key, None):
            done.set()

    async def _postpone(self, question: Question, error: Exception) -> None:
        effect, delays = question.effect, self._settings.retry_delays
        delay = delays[min(question.attempts, len(delays) - 1)]
        metrics.effects.labels(effect.name, "postponed").inc()
        log.warning("effect.postponed", key=effect.key, attempt=question.attempts + 1, error=repr(error)[:200])
        try:
            async with self._resources.get(Database).begin() as transaction:
                await transaction.put(Statement(chassis.POSTPONE_EFFECT, {"key": effect.key, "seconds": delay}))
        except Exception as failure:  # noqa: BLE001 - the sweeper finds it later by its age
            log.warning("effects.stalled", error=repr(failure)[:200])
        again = replace(question, attempts=question.attempts + 1, leased_until=self._lease() + delay)
        asyncio.get_running_loop().call_later(delay, self._again, again)

    def _again(self, question: Question) -> None:
        self._enqueue(question)
        self._start_next()


def _still_open(rows: Rows) -> None:
    if not rows:
        raise AnsweredBeforeError
