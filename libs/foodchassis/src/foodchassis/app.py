"""`create_service`: the one call that boots a service; importing this does nothing."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import FrameType
from typing import Any

import structlog
from fastapi import APIRouter, Depends, FastAPI
from redis.asyncio import Redis

from foodchassis import requirements
from foodchassis.kernel import production
from foodchassis.kernel.resources import Resources
from foodchassis.kernel.settings import ServiceSettings
from foodchassis.kernel.tasks import background
from foodchassis.messaging.audit import Audit, Reads
from foodchassis.messaging.broker import Broker
from foodchassis.messaging.consumer import Consumer
from foodchassis.messaging.deadlines import Sweeper
from foodchassis.messaging.effects import Effects
from foodchassis.messaging.gauges import Gauges
from foodchassis.messaging.handlers import EventRouter
from foodchassis.messaging.lane import Lane
from foodchassis.messaging.operations import Operations
from foodchassis.messaging.relay import Relay
from foodchassis.storage.cache import open_redis
from foodchassis.storage.database import Database
from foodchassis.storage.retention import Retention
from foodchassis.telemetry import logging, metrics, tracing
from foodchassis.web import auth, contract, health, idempotency, operations, problems, served
from foodchassis.web.middleware import BodyLimit, RequestId, Traced
from foodchassis.web.revocations import Revocations
from foodchassis.web.routing import keep_paths_apart
from foodchassis.web.tokens import TokenVerifier

TAGS = {"health": "Whether this process runs, and whether it takes requests."}
log = structlog.get_logger()
# A few concurrent requests exceed Python's default of 700: the collections took 4 % of a busy service's time.
YOUNG_OBJECTS = 10_000
Lifespan = Callable[[Resources], AbstractAsyncContextManager[None]]


def create_service(
    settings: ServiceSettings,
    *,
    routers: Sequence[APIRouter] = (),
    events: EventRouter | None = None,
    lifespan: Lifespan | None = None,
    tags: Mapping[str, str] | None = None,
    audit: Audit | None = None,
) -> FastAPI:
    """Build a service of `routers` (HTTP in) and `events` (events in).

    A server is connected to when its URL is set. `lifespan` opens what only this service needs, into its resources.
    `tags` describes the groups of its operations. With `audit`, which records what admins do and read, they can
    manage its queues by the routes `/operations/<its name>`.
    Raises UnsafeProductionError in production, when the settings are fit for development alone.
    """
    handlers = events or EventRouter()
    if settings.environment == "prod":
        production.check(settings.service_name, settings.dangers(), settings.allowed_in_production)
    logging.set_up(settings)
    tracing.set_up(settings)

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[None]:
        auth.check_policies(app.routes)
        requirements.check(settings, app.routes, handlers)
        served.at_zero(app.routes)
        async with AsyncExitStack() as stack:
            resources = app.state.resources = await _open(settings, handlers, stack)
            if audit is not None:
                resources.add(Operations(resources, handlers, audit.acted))
                resources.add(Reads(resources, audit.read))
            if lifespan is not None:
                await stack.enter_async_context(lifespan(resources))
            _fail_readiness_first(resources)
            logging.obey_signals(settings)
            # Objects that live as long as the service need no garbage collection; scanning them took 200 ms and more
            # each time.
            gc.collect()
            gc.freeze()
            gc.set_threshold(YOUNG_OBJECTS)
            log.info("service.started")
            yield
            resources.draining = True
        log.info("service.stopped")

    app = FastAPI(
        title=settings.service_name,
        version=settings.service_version,
        docs_url=None,  # the framework's pages load their scripts from another host
        redoc_url=None,
        redirect_slashes=False,  # the framework's redirect would name the request's Host
        lifespan=run,
        dependencies=[Depends(contract.only_known_parameters)],
        generate_unique_id_function=contract.operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(RequestId)
    served.install(app)
    metrics.install(app, settings, auth.Public)
    # The last one added handles a request first: so metrics and logs contain its trace.
    app.add_middleware(Traced, trusts=lambda _: settings.trust_traceparent)
    problems.install(app)
    idempotency.install(app)
    operated = [] if audit is None else [operations.operations_of(settings.service_name)]
    for router in (health.router, *routers, *operated):
        app.include_router(router)
    keep_paths_apart(app)
    described = {**TAGS, **(operations.TAGS if operated else {}), **(tags or {})}
    contract.install(app, described, settings.auth_scopes)
    return app


async def _open(settings: ServiceSettings, events: EventRouter, stack: AsyncExitStack) -> Resources:
    """Open the connections that the settings configure; they are closed in the opposite order."""
    stack.callback(metrics.serve(settings))
    stack.callback(tracing.shut_down)
    resources = Resources(settings)
    if settings.redis_url is not None:
        resources.add(open_redis(settings, settings.redis_url.get_secret_value()), Redis)
        stack.push_async_callback(resources.get(Redis).aclose)
    revocations = resources.add(Revocations(resources.find(Redis)))
    await stack.enter_async_context(background(revocations.run()))
    await revocations.first_read()
    stack.push_async_callback(resources.add(TokenVerifier(settings, revocations)).close)
    if settings.database_url is not None:
        database = resources.add(Database(settings, resources))
        stack.push_async_callback(database.close)
        resources.add(Lane(database))
        effects = resources.add(Effects(resources, events.effects))
        stack.push_async_callback(effects.close)
        await stack.enter_async_context(background(_guarded(effects.run), _guarded(Retention(settings, database).run)))
    if settings.rabbitmq_url is not None:
        resources.add(await _run_broker(settings, resources, events, stack))
    return resources


async def _run_broker(
    settings: ServiceSettings, resources: Resources, events: EventRouter, stack: AsyncExitStack
) -> Broker:
    broker = Broker(settings)
    for event_type, handler in events.handlers.items():
        first = events.first.get(event_type)
        Consumer(event_type, handler, settings, resources.get(Database), broker, resources.get(Lane), first).subscribe()
    sweeper = Sweeper(settings, resources.get(Database), events.deadlines)
    relay = Relay(settings, resources.get(Database), broker)
    stack.push_async_callback(broker.stop)
    # Started in the background: while the broker is down this waits, and the service is not ready.
    gauges = Gauges(settings, resources.get(Database), events.measures)
    work = (broker.start, broker.watch, relay.run, sweeper.run, gauges.run)
    await stack.enter_async_context(background(*map(_guarded, work)))
    return broker


async def _guarded(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await work()
    except Exception as error:
        log.critical("service.broken", exc_info=error)
        signal.raise_signal(signal.SIGTERM)
        raise


def _fail_readiness_first(resources: Resources) -> None:
    """On SIGTERM report "not ready" for `drain_seconds` before the server refuses connections."""
    stop = signal.getsignal(signal.SIGTERM)
    if not callable(stop):
        return
    loop = asyncio.get_running_loop()

    def drain(number: int, frame: FrameType | None) -> None:
        # Long responses such as streams watch this and end, because the server does not wait for them.
        resources.draining = True
        if resources.settings.drain_seconds:
            loop.call_soon_threadsafe(loop.call_later, resources.settings.drain_seconds, stop, number, frame)
        else:
            stop(number, frame)

    signal.signal(signal.SIGTERM, drain)
