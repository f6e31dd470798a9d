"""How often a log-in may fail, per account and per address; counted in Redis, which may be down."""

import asyncio
import hashlib
from importlib.resources import files
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from user_service.errors import TooManyAttemptsError
from user_service.settings import UserSettings

log = structlog.get_logger()
SPEND = files("user_service").joinpath("attempts.lua").read_text("utf-8")


def _key(kind: str, *names: str) -> str:
    # A digest keeps e-mail and network addresses out of Redis.
    return f"login:{kind}:{hashlib.sha256('|'.join(names).encode()).hexdigest()[:32]}"


class Attempts:
    """Counts an attempt before its password is checked, so that parallel guesses count too.

    Failures make the next attempt wait, twice as long each time: for the same account from the same address, and for
    an account from all addresses that have never logged in there. So guesses never stop the owner at a known address.
    """

    def __init__(self, redis: Redis | None, settings: UserSettings) -> None:
        self._redis = redis
        self._settings = settings

    async def spend(self, account: str, address: str) -> None:
        """Count one attempt.

        Raises TooManyAttemptsError when the next one has to wait; without Redis nothing is counted.
        """
        kinds = ("own_wait", "own"), ("strange_wait", "strange")
        keys = [_key(kind, account, address) for kind in kinds[0]] + [_key(kind, account) for kind in kinds[1]]
        keys += [_key("address", address), _key("known", account, address)]
        limits = self._settings
        wait = await self._run(
            "EVAL", SPEND, len(keys), *keys,
            limits.login_attempts_per_account, limits.login_attempts_from_strangers, limits.login_attempts_per_address,
            limits.login_window_seconds, limits.login_delay_seconds, limits.login_delay_longest,
            limits.login_delay_longest_for_strangers,
        )  # fmt: skip
        if wait:
            raise TooManyAttemptsError(wait)

    async def refund(self, account: str, address: str) -> None:
        """Delete an attempt that succeeded and the failures before it, and remember the address as known."""
        own, known = [_key(kind, account, address) for kind in ("own_wait", "own")], _key("known", account, address)
        await self._run("DEL", *own)
        counted = [_key("address", address)]
        if await self._run("SET", known, 1, "EX", self._settings.login_known_seconds, "NX"):
            counted.append(_key("strange", account))
        for key in counted:
            if await self._run("EXISTS", key):
                await self._run("DECR", key)

    async def may_mail(self, recipient: str, address: str) -> bool:
        """Count one e-mail to be sent, and return whether the recipient has not had too many.

        Raises TooManyAttemptsError when this address has asked for too many.
        """
        settings = self._settings
        if await self._count(_key("mails_from", address)) > settings.mails_per_client:
            raise TooManyAttemptsError(settings.mail_window_seconds)
        return await self._count(_key("mails_to", recipient)) <= settings.mails_per_recipient

    async def _count(self, key: str) -> int:
        count = await self._run("INCR", key)
        if count == 1:
            await self._run("EXPIRE", key, self._settings.mail_window_seconds)
        return count

    async def _run(self, *command: Any) -> int:
        if self._redis is None:
            return 0
        try:
            # The client's own retries would keep the caller waiting for seconds.
            async with asyncio.timeout(self._settings.redis_timeout):
                found: Any = self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
                return int(await found or 0)
        except (RedisError, OSError) as error:
            # Better unlimited than locked out: the gateway limits each address as well.
            log.warning("login.limits_unavailable", error=repr(error)[:200])
            return 0
