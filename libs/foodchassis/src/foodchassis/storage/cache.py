"""The connection to Redis: short time-outs, and a span for each command."""

from typing import Any

from opentelemetry.trace import SpanKind
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError  # noqa: A004 - Redis's own, which are no OSError
from typing_extensions import override

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.telemetry import metrics, semconv
from foodchassis.telemetry.tracing import step


class TracedPipeline(Pipeline):
    """Commands sent together, in one span."""

    @override
    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send the commands."""
        size = len(self.command_stack)
        with step("PIPELINE", SpanKind.CLIENT, {**_described("PIPELINE"), semconv.DATABASE_BATCH: size}):
            found: list[Any] = await super().execute(raise_on_error)
        return found


class TracedRedis(Redis):
    """A Redis client with a span for each command of a sampled trace; spans contain no keys and values."""

    @override
    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command and return its reply."""
        with step(args[0], SpanKind.CLIENT, _described(args[0])):
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    @override
    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Begin a batch of commands."""
        return TracedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class Once(Retry):
    """Tries every command once, and counts failures."""

    @override
    async def call_with_retry(self, *args: Any, **options: Any) -> Any:
        """Run a command without retries; all kinds of commands use this method."""
        try:
            return await super().call_with_retry(*args, **options)
        except (ConnectionError, TimeoutError):
            metrics.redis_errors.inc()
            raise


def open_redis(settings: ServiceSettings, url: str) -> Redis:
    """Return a client that connects on first use; its time-outs are short because data in Redis may be lost anyway."""
    return TracedRedis.from_url(
        url,
        decode_responses=True,
        retry=Once(NoBackoff(), 0),
        socket_timeout=settings.redis_timeout,
        socket_connect_timeout=settings.redis_timeout,
    )


def _described(command: str) -> dict[str, str]:
    return {semconv.DATABASE: "redis", semconv.DATABASE_OPERATION: command}
