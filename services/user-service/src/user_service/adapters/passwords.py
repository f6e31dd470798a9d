"""Passwords: argon2id in worker threads, a few at a time, behind a bounded queue."""

import asyncio
import unicodedata

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from user_service.adapters.turns import Turns
from user_service.settings import AccountSettings

NEW, CHECKED = "new", "checked"


class Passwords:
    """Makes and checks password hashes without blocking the event loop.

    New passwords (sign-up) and checked ones (log-in) wait in queues of their own and take turns; a client is the
    address that the request came from. Both methods raise BusyError when the queue is full.
    """

    def __init__(self, settings: AccountSettings) -> None:
        hasher = Argon2Hasher(settings.password_time_cost, settings.password_memory_kib, settings.password_parallelism)
        self._hash = PasswordHash([hasher])
        self.turns = Turns(
            settings.password_threads,
            queue=settings.password_queue,
            queue_per_client=settings.password_queue_per_client,
            retry_after=settings.password_retry_after,
        )
        # Checked when there is no such account, so that both cases take equally long.
        self._placeholder = self._hash.hash("")

    async def hash(self, password: SecretStr, client: str = "") -> str:
        """Return the hash to store for a new password."""
        async with self.turns.turn(NEW, client):
            return await asyncio.to_thread(self._hash.hash, _plain(password))

    async def check(self, password: SecretStr, stored: str | None, client: str = "") -> tuple[bool, str | None]:
        """Return whether `password` is the stored one, and its new hash if the parameters have changed since.

        Without a stored hash the result is False, after the same time.
        """
        async with self.turns.turn(CHECKED, client):
            good, renewed = await asyncio.to_thread(
                self._hash.verify_and_update, _plain(password), stored or self._placeholder
            )
        return good and stored is not None, renewed


def _plain(password: SecretStr) -> str:
    # The same characters may be typed as different code points on different keyboards.
    return unicodedata.normalize("NFKC", password.get_secret_value())
