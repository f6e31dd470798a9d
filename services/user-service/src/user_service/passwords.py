"""Passwords: argon2id in worker threads, a few at a time."""

import asyncio
import unicodedata

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from user_service.settings import AccountSettings


class Passwords:
    """Makes and checks password hashes without holding up the event loop."""

    def __init__(self, settings: AccountSettings) -> None:
        hasher = Argon2Hasher(settings.password_time_cost, settings.password_memory_kib, settings.password_parallelism)
        self._hash = PasswordHash([hasher])
        self._places = asyncio.Semaphore(settings.password_threads)
        # Checked in place of an account's hash when there is no such account, so that both take as long.
        self._nobody = self._hash.hash("")

    async def hash(self, password: SecretStr) -> str:
        """Return the hash to store for a new password."""
        async with self._places:
            return await asyncio.to_thread(self._hash.hash, _plain(password))

    async def check(self, password: SecretStr, stored: str | None) -> tuple[bool, str | None]:
        """Tell whether `password` is the stored one, and its new hash if the parameters have changed since.

        Without a stored hash the answer is no, and it takes as long.
        """
        async with self._places:
            good, renewed = await asyncio.to_thread(
                self._hash.verify_and_update, _plain(password), stored or self._nobody
            )
        return good and stored is not None, renewed


def _plain(password: SecretStr) -> str:
    # The same characters may be typed as different code points on different keyboards.
    return unicodedata.normalize("NFKC", password.get_secret_value())
