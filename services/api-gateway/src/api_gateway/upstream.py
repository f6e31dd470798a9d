"""One service behind the gateway: balances calls over its instances, with retries and a circuit breaker."""

import asyncio
import math
import time

import structlog

from api_gateway.bounds import Bound
from api_gateway.client import BrokenAnswerError, CallError, HungUpError, NotConnectedError
from api_gateway.errors import BadAnswerError, CircuitOpenError, ServiceDownError, ServiceTimeoutError
from api_gateway.instances import Answer, Call, Instance
from api_gateway.metrics import expect_upstream
from api_gateway.settings import GatewaySettings
from foodchassis.kernel import ServiceError

log = structlog.get_logger()


class Upstream:
    """Calls the instances of one service in turn, skipping failed ones."""

    def __init__(self, name: str, settings: GatewaySettings) -> None:
        self.name = name
        self._instances = [Instance(name, url, settings) for url in settings.addresses(name)]
        self._turn = 0
        self._seconds = settings.upstream_timeouts.get(name, settings.upstream_timeout)
        self._pause = max(1, math.ceil(settings.breaker_open_seconds))
        self._calls = Bound(
            f"calls to the {name} service", total=settings.upstream_calls, share=settings.upstream_calls_per_caller
        )
        expect_upstream(name, self._is_open, self._ejected)

    async def call(self, call: Call, caller: str) -> Answer:
        """Return the service's response.

        Raises CircuitOpenError, ServiceDownError, ServiceTimeoutError or BadAnswerError when there is none, and
        ShareInUseError or AllInUseError when too many calls wait; the latter are not failures of the service.
        """
        self._calls.take(caller)
        try:
            return await self._try_in_turn(call)
        finally:
            self._calls.release(caller)

    async def close(self) -> None:
        """Stop what runs in the background."""
        for instance in self._instances:
            await instance.close()

    async def _try_in_turn(self, call: Call) -> Answer:
        """Call one instance, and another one when the first fails and a repeat is safe."""
        ends, sent = time.monotonic() + self._seconds, False
        tried: list[Instance] = []
        instance = self._next(tried) or await self._returned(tried, ends)
        if instance is None:
            raise self._resting()
        while True:
            tried.append(instance)
            seconds = ends - time.monotonic()
            if call.repeatable and not sent and self._another(tried):
                # While another instance can be tried, the first gets only a part of the time.
                seconds /= 2
            try:
                return await instance.call(call, seconds)
            except (CallError, TimeoutError) as error:
                if isinstance(error, HungUpError) and error.stale:
                    # The service closed the idle connection as it was used: not a failure, but others may be stale too.
                    instance.pool.close_idle()
                else:
                    self._count_failure(instance, error)
                unsent = isinstance(error, NotConnectedError)
                again = unsent or (call.repeatable and not sent)
                sent |= not unsent
                failed = instance
                instance = (self._next(tried) or await self._returned(tried, ends)) if again else None
                if instance is None and again and isinstance(error, HungUpError) and not failed.ejected:
                    instance = failed
                if instance is None or time.monotonic() >= ends:
                    raise self._failure(error) from error

    def _next(self, tried: list[Instance]) -> Instance | None:
        """Return the next healthy instance in turn that was not tried, or None."""
        for _ in self._instances:
            self._turn = (self._turn + 1) % len(self._instances)
            instance = self._instances[self._turn]
            if instance.ejected or instance in tried:
                continue
            if not instance.has_stalled():
                return instance
            self._eject(instance, "stalled")
        return None

    async def _returned(self, tried: list[Instance], ends: float) -> Instance | None:
        """Return an ejected instance that is ready again before the call ends, or None."""
        away = [one for one in self._instances if one.ejected and one not in tried]
        seconds = max(0.0, ends - time.monotonic())
        await asyncio.gather(*(one.look(seconds) for one in away))
        return self._next(tried) if away else None

    def _another(self, tried: list[Instance]) -> bool:
        return len(self._instances) > len(tried) and any(not one.ejected for one in self._instances if one not in tried)

    def _count_failure(self, instance: Instance, error: Exception) -> None:
        log.warning("upstream.failed", upstream=self.name, url=instance.url, error=type(error).__name__)
        if instance.failed(error):
            self._eject(instance, "failures")

    def _eject(self, instance: Instance, reason: str) -> None:
        instance.eject()
        log.warning("instance.ejected", upstream=self.name, url=instance.url, reason=reason)
        if self._is_open():
            log.warning("circuit.opened", upstream=self.name)
        else:
            instance.give_up()

    def _is_open(self) -> bool:
        return all(instance.ejected for instance in self._instances)

    def _ejected(self) -> int:
        return sum(instance.ejected for instance in self._instances)

    def _resting(self) -> CircuitOpenError:
        error = CircuitOpenError(f"The {self.name} service failed repeatedly; retry after `Retry-After`.")
        error.retry_after = self._pause
        return error

    def _failure(self, error: Exception) -> ServiceError:
        if isinstance(error, TimeoutError):
            return ServiceTimeoutError(f"The {self.name} service did not respond within {self._seconds:g} seconds.")
        if isinstance(error, BrokenAnswerError):
            return BadAnswerError(f"The response of the {self.name} service is malformed; try again shortly.")
        return ServiceDownError(f"The {self.name} service is unreachable; try again shortly.")
