"""How often a log-in may fail, per account and per address; counted in Redis, which may be down."""

import asyncio
import hashlib

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from user_service.errors import TooManyAttemptsError
from user_service.settings import UserSettings

log = structlog.get_logger()


def _key(kind: str, name: str) -> str:
    # A digest keeps e-mail and network addresses out of Redis.
    return f"login:{kind}:{hashlib.sha256(name.encode()).hexdigest()[:32]}"


class Attempts:
    """Counts an attempt before its password is checked, so that parallel guesses count too."""

    def __init__(self, redis: Redis | None, settings: UserSettings) -> None:
        self._redis = redis
        self._settings = settings

    async def spend(self, account: str, address: str) -> None:
        """Count one attempt.

        Raises TooManyAttemptsError when too many have failed; without Redis nothing is counted.
        """
        limits = {
            _key("account", account): self._settings.login_attempts_per_account,
            _key("address", address): self._settings.login_attempts_per_address,
        }
        counted = await self._run(
            [
                command
                for key in limits
                for command in (("INCR", key), ("EXPIRE", key, self._settings.login_window_seconds, "NX"), ("TTL", key))
            ]
        )
        counts, waits = counted[0::3], counted[2::3]
        over = [wait for count, wait, limit in zip(counts, waits, limits.values(), strict=False) if count > limit]
        if over:
            raise TooManyAttemptsError(max(over))

    async def refund(self, account: str, address: str) -> None:
        """Forget an attempt that was no failure, and the account's failures before it."""
        from_here = _key("address", address)
        await self._run(
            [
                ("DEL", _key("account", account)),
                ("DECR", from_here),
                ("EXPIRE", from_here, self._settings.login_window_seconds, "NX"),
            ]
        )

    async def _run(self, commands: list[tuple[str | int, ...]]) -> list[int]:
        if self._redis is None:
            return []
        try:
            # The client's own retries would keep the caller waiting for seconds.
            async with asyncio.timeout(self._settings.redis_timeout), self._redis.pipeline(transaction=True) as pipe:
                for command in commands:
                    pipe.execute_command(*command)
                return [int(answer) for answer in await pipe.execute()]
        except (RedisError, OSError) as error:
            # Better unlimited than locked out: the gateway limits each address as well.
            log.warning("login.limits_unavailable", error=repr(error)[:200])
            return []
