"""Sessions and transactions; the only module that commits."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import psycopg
from fastapi import Depends, Request
from opentelemetry.trace import SpanKind
from psycopg import OperationalError as PsycopgError
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from redis.exceptions import RedisError
from sqlalchemy import CursorResult, Executable, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import declared_attr
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from typing_extensions import override

from foodchassis.kernel.resources import Resources
from foodchassis.kernel.settings import ServiceSettings
from foodchassis.storage.statements import COMMIT, TracedCursor, described
from foodchassis.storage.transaction import Transaction
from foodchassis.telemetry import metrics
from foodchassis.telemetry.tracing import step

AFTER_COMMIT = "after_commit"
PLAIN = "plain"
OF_THE_RELAY = 1
# Each hand-written statement has one good plan: planning again for each array cost as much as executing it.
# A sequential scan is never the right plan: tables of timers and events fill quickly while statistics say empty.
PLANS = " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
# Errors which mean that a server is down: the work can be repeated later.
DOWN = (OperationalError, InterfaceError, PoolTimeoutError, PsycopgError, RedisError)
S = TypeVar("S", bound=ServiceSettings)


class TimedPool(AsyncAdaptedQueuePool):
    """A connection pool that measures how long its callers wait."""

    @override
    def _do_get(self) -> ConnectionPoolEntry:
        began = time.perf_counter()
        try:
            return super()._do_get()
        finally:
            metrics.pool_wait.labels(self.logging_name).observe(time.perf_counter() - began)


class Database:
    """The service's PostgreSQL: the pool for sessions, `pool` in metrics, and the pool `plain` without the ORM.

    Both have a fixed size, so that load does not open and close connections, and neither can starve the other.
    """

    def __init__(self, settings: ServiceSettings, resources: Resources | None = None, pool: str = "main") -> None:
        if settings.database_url is None:
            msg = "DATABASE_URL is not set: give the service its PostgreSQL, e.g. postgresql://user:password@host/db"
            raise ValueError(msg)
        url = make_url(settings.database_url.get_secret_value()).set(drivername="postgresql+psycopg")
        options = (
            f"-c statement_timeout={settings.database_statement_timeout}"
            f" -c lock_timeout={settings.database_lock_timeout}"
            " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off"
        )
        connect: dict[str, Any] = {
            "application_name": settings.service_name,
            "connect_timeout": 5,
            "cursor_factory": TracedCursor,
        }
        if settings.database_behind_pgbouncer:
            connect["prepare_threshold"] = None
        else:
            connect["options"] = options
        self.engine = create_async_engine(
            url,
            poolclass=TimedPool,
            pool_logging_name=pool,
            pool_size=settings.database_pool_size,
            max_overflow=0,
            pool_timeout=settings.database_pool_timeout,
            pool_recycle=1800,
            hide_parameters=True,
            connect_args=connect,
        )
        assert isinstance(self.engine.pool, TimedPool)
        metrics.watch_pool(pool, self.engine.pool.checkedout, settings.database_pool_size)
        self.slots = asyncio.Semaphore(settings.concurrent_messages)
        requests = max(2, settings.database_pool_size // 2)
        self._requests = asyncio.Semaphore(requests)
        self._timeout = settings.database_pool_timeout
        size = settings.concurrent_messages + requests + OF_THE_RELAY
        self._pool = AsyncConnectionPool(
            url.set(drivername="postgresql").render_as_string(hide_password=False),
            kwargs=connect if "options" not in connect else {**connect, "options": options + PLANS},
            min_size=1,
            max_size=size,
            timeout=settings.database_pool_timeout,
            open=False,
            name=PLAIN,
        )
        metrics.watch_pool(PLAIN, self._in_use, size)
        self._sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
        self._resources = resources
        self._wakes: list[Callable[[], None]] = []

    def after_publishing(self, wake: Callable[[], None]) -> None:
        """Call `wake` after each commit that stored an event in the outbox."""
        self._wakes.append(wake)

    def published(self) -> None:
        """Call the functions that wait for new events in the outbox."""
        for wake in self._wakes:
            wake()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session that is committed when the block ends, and rolled back when it raises."""
        async with self._sessions(info={"resources": self._resources}) as session:
            yield session
            with step(COMMIT, SpanKind.CLIENT, described(COMMIT)):
                await session.commit()
        for call in session.info.get(AFTER_COMMIT, ()):
            call()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """Open a transaction without the ORM for a message, a deadline or a response; the same rules.

        `concurrent_messages` limits how many are open at once; further ones wait without a time-out.
        """
        async with self.slots, self.plain() as transaction:
            yield transaction

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Transaction]:
        """Open a transaction for a request, without the ORM. Raises PoolTimeout when too many are open."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout):
                await self._requests.acquire()
        except TimeoutError:
            metrics.pool_wait.labels(PLAIN).observe(time.perf_counter() - began)
            raise PoolTimeout(f"no connection was free within {self._timeout:g} s") from None
        try:
            async with self.plain(began) as transaction:
                yield transaction
        finally:
            self._requests.release()

    @asynccontextmanager
    async def plain(self, began: float | None = None) -> AsyncIterator[Transaction]:
        """Open a transaction without the ORM; the caller limits how many are open, and has waited since `began`."""
        assert self._resources is not None
        began = time.perf_counter() if began is None else began
        if self._pool.closed:
            await self._pool.open()
        calls: list[Callable[[], None]] = []
        async with self._pool.connection() as connection:
            metrics.pool_wait.labels(PLAIN).observe(time.perf_counter() - began)
            transaction = Transaction(connection, self._resources, calls)
            yield transaction
            await transaction.commit()
        for call in calls:
            call()

    def _in_use(self) -> float:
        stats = self._pool.get_stats()
        return stats["pool_size"] - stats["pool_available"]

    async def answers(self) -> bool:
        """Return whether the database responds to a query now."""
        async with self.engine.connect() as connection:
            return bool((await connection.execute(text("SELECT 1"))).scalar_one())

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self._pool.close()


def resources(session: AsyncSession) -> Resources:
    """Return the resources of the service that opened `session`."""
    found: Resources = session.info["resources"]
    return found


def settings_of(session: AsyncSession, kind: type[S]) -> S:
    """Return the settings of the service that opened `session`."""
    return resources(session).get(kind)


async def run(session: AsyncSession, statement: Executable) -> CursorResult[Any]:
    """Execute a Core statement in the session's transaction, without the cost of the ORM."""
    return await (await session.connection()).execute(statement)


async def connection_of(session: AsyncSession) -> psycopg.AsyncConnection[Any]:
    """Return psycopg's connection of `session`, in the same transaction, for statements on a hot path."""
    raw = await (await session.connection()).get_raw_connection()
    connection: psycopg.AsyncConnection[Any] = raw.driver_connection  # type: ignore[assignment]
    return connection


async def transaction_of(session: AsyncSession) -> Transaction:
    """Return the transaction of `session`, so that `process` can work in it."""
    found: Transaction | None = session.info.get("transaction")
    if found is None:
        calls = session.info.setdefault(AFTER_COMMIT, [])
        found = Transaction(await connection_of(session), resources(session), calls, shared=True)
        session.info["transaction"] = found
    return found


def after_commit(session: AsyncSession, call: Callable[[], None]) -> None:
    """Call `call` once the session is committed; a crash may lose the call, and it must not block."""
    session.info.setdefault(AFTER_COMMIT, []).append(call)


async def request_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Open the session of a request."""
    async with request.app.state.resources.get(Database).transaction() as session:
        yield session


# The function scope commits before the response is sent, so that a failed commit never returns 2xx.
SessionDep = Annotated[AsyncSession, Depends(request_session, scope="function")]


async def request_transaction(request: Request) -> AsyncIterator[Transaction]:
    """Open the transaction of a request, without the ORM."""
    async with request.app.state.resources.get(Database).serve() as transaction:
        yield transaction


TransactionDep = Annotated[Transaction, Depends(request_transaction, scope="function")]


class Versioned(SQLModel):
    """A row that counts its changes and refuses a change made from a stale copy."""

    version: int = Field(default=1, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands over the class
        """Let SQLAlchemy check and increment `version` on each update."""
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]
