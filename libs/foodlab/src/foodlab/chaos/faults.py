"""The faults: their effects on targets, and their healing."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

import psycopg
import redis.asyncio
from psycopg import sql

from devservers.infra import SERVERS
from foodctl.catalog import SERVICES
from foodlab.chaos import messages, proxy
from foodlab.chaos.plan import Planned
from foodlab.chaos.sessions import session
from foodlab.chaos.stage import CLOCK, INSTANCES, LINKS, Stage

Apply = Callable[[Stage, str], AbstractAsyncContextManager[None]]
_TABLES = (
    *("order_service.orders", "order_service.outbox", "order_service.idempotency_keys", "order_service.inbox"),
    *("payment_service.payments", "payment_service.effects", "delivery_service.deliveries", "user_service.users"),
)
# Tokens allow a clock difference of a minute.
_JUMP = 45.0
_STARTING, _LOOK = 120.0, 0.2
_SERVICES = [one.name for one in INSTANCES]


@dataclass(frozen=True)
class Fault:
    """One kind of fault: its targets, how it is applied, and why it is impossible here, if it is."""

    targets: Sequence[str]
    apply: Apply
    missing: str = ""


@asynccontextmanager
async def _kill(stage: Stage, name: str) -> AsyncIterator[None]:
    _signal(stage, name, signal.SIGKILL)
    yield


@asynccontextmanager
async def _freeze(stage: Stage, name: str) -> AsyncIterator[None]:
    _signal(stage, name, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(stage, name, signal.SIGCONT)


@asynccontextmanager
async def _restart(stage: Stage, name: str) -> AsyncIterator[None]:
    await stage.restart(name)
    yield


@asynccontextmanager
async def _outage(stage: Stage, name: str) -> AsyncIterator[None]:
    program = stage.processes.recorded(name)
    await asyncio.to_thread(stage.processes.stop, name)
    try:
        yield
    finally:
        await asyncio.to_thread(stage.processes.start, program)
        # Healed means that it responds again, not that it is starting.
        async with asyncio.timeout(_STARTING):
            while await asyncio.to_thread(stage.missing, name):  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(_LOOK)


@asynccontextmanager
async def _roll(stage: Stage, _target: str) -> AsyncIterator[None]:
    for name in dict.fromkeys(one.service.name for one in INSTANCES[1:]):
        await stage.restart(name)
    yield


@asynccontextmanager
async def _flush(stage: Stage, _target: str) -> AsyncIterator[None]:
    async with redis.asyncio.from_url(stage.system.endpoints.redis_url) as client:
        await client.flushall()
    yield


@asynccontextmanager
async def _terminate(stage: Stage, package: str) -> AsyncIterator[None]:
    async with _postgres(stage, "postgres") as connection:
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [package])
    yield


@asynccontextmanager
async def _lock(stage: Stage, table: str) -> AsyncIterator[None]:
    package, _, name = table.partition(".")
    async with _postgres(stage, package) as connection, connection.transaction():
        await connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(name)))
        yield


@asynccontextmanager
async def _network(mode: str, stage: Stage, link: str) -> AsyncIterator[None]:
    async with stage.proxies[link].behaving(mode):
        yield


@asynccontextmanager
async def _clock(stage: Stage, name: str) -> AsyncIterator[None]:
    stage.set_clock(name, random.choice([-_JUMP, _JUMP]))  # noqa: S311 - forwards or backwards
    try:
        yield
    finally:
        stage.set_clock(name, 0)


@asynccontextmanager
async def _fill(stage: Stage, _target: str) -> AsyncIterator[None]:
    ballast = stage.disk / "ballast"
    await asyncio.to_thread(_fill_with, ballast)
    try:
        yield
    finally:
        ballast.unlink()
        # Quorum queues whose log could not be written stay down until the broker restarts.
        await stage.restart("rabbitmq")


def _fill_with(ballast: os.PathLike[str]) -> None:
    with open(ballast, "wb", buffering=0) as file, suppress(OSError):  # noqa: PTH123 - unbuffered
        while file.write(bytes(1_048_576)):
            pass


def _signal(stage: Stage, name: str, number: signal.Signals) -> None:
    for pid in stage.pids(name):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _postgres(stage: Stage, database: str) -> AbstractAsyncContextManager[psycopg.AsyncConnection]:
    return session(stage.system.endpoints.postgres_url, dbname=database, connect_timeout=5)


# Scenarios are separate runs, in which every request has to succeed at the first attempt.
SCENARIOS: dict[str, Callable[[float], list[Planned]]] = {
    "broker": lambda seconds: [Planned("outage", "rabbitmq", 1.0, seconds)],
    "rolling": lambda _: [Planned("rolling-restart", "services", 5.0, 5.0)],
}
FAULTS: dict[str, Fault] = {
    "kill": Fault(_SERVICES, _kill),
    "freeze": Fault(_SERVICES[1:], _freeze),
    "restart": Fault(_SERVICES[1:], _restart),
    "kill-server": Fault(tuple(SERVERS), _kill),
    "freeze-server": Fault(tuple(SERVERS), _freeze),
    "restart-server": Fault(tuple(SERVERS), _restart),
    "outage": Fault(tuple(SERVERS), _outage),
    "flush": Fault(("redis",), _flush),
    "terminate": Fault([one.package for one in SERVICES if one.has_database], _terminate),
    "lock": Fault(_TABLES, _lock),
    **{mode: Fault(LINKS, partial(_network, mode)) for mode in proxy.MODES},
    **{way: Fault(("rabbitmq",), partial(messages.disturb, way)) for way in messages.WAYS},
    "clock": Fault(_SERVICES[1:], _clock, "" if CLOCK.exists() else "libfaketime is not installed"),
    "full-disk": Fault(("disk",), _fill, "" if os.geteuid() == 0 else "only root can mount a small disk"),
}
# Only in a scenario: it takes minutes.
ROLLING = Fault(("services",), _roll)
