import asyncio
import threading
from typing import Any

import pytest
from pydantic import SecretStr

from user_service.adapters.passwords import Passwords
from user_service.settings import AccountSettings

CHEAP: dict[str, Any] = {"password_memory_kib": 8, "password_time_cost": 1, "password_parallelism": 1}


def hasher(**changes: Any) -> Passwords:
    return Passwords(AccountSettings(**{**CHEAP, **changes}))


async def test_a_password_matches_only_its_own_hash() -> None:
    passwords = hasher()

    stored = await passwords.hash(SecretStr("correct horse"))

    assert stored.startswith("$argon2id$")
    assert await passwords.check(SecretStr("correct horse"), stored) == (True, None)
    assert await passwords.check(SecretStr("wrong horse"), stored) == (False, None)


async def test_hashes_of_the_same_password_differ() -> None:
    passwords = hasher()

    assert await passwords.hash(SecretStr("correct horse")) != await passwords.hash(SecretStr("correct horse"))


@pytest.mark.parametrize("guess", ["", "correct horse"])
async def test_no_password_matches_without_a_stored_hash(guess: str) -> None:
    assert (await hasher().check(SecretStr(guess), None))[0] is False


async def test_passwords_are_normalised() -> None:
    passwords = hasher()

    stored = await passwords.hash(SecretStr("caf\u00e9 au lait"))

    assert (await passwords.check(SecretStr("cafe\u0301 au lait"), stored))[0]


async def test_a_hash_with_old_parameters_is_renewed() -> None:
    stored = await hasher().hash(SecretStr("correct horse"))

    good, renewed = await hasher(password_time_cost=2).check(SecretStr("correct horse"), stored)

    assert good
    assert renewed is not None
    assert ",t=2," in renewed


async def test_hashing_does_not_block_the_event_loop() -> None:
    passwords = hasher(password_memory_kib=65_536, password_time_cost=3)
    turns = 0
    hashing = asyncio.create_task(passwords.hash(SecretStr("correct horse")))

    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 10


async def test_the_number_of_concurrent_hashes_is_limited() -> None:
    passwords = hasher(password_threads=1)
    busy, most, lock = 0, 0, threading.Lock()
    plain = passwords._hash.hash

    def counted(password: str) -> str:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        try:
            return plain(password)
        finally:
            with lock:
                busy -= 1

    passwords._hash.hash = counted  # type: ignore[assignment, method-assign]
    await asyncio.gather(*(passwords.hash(SecretStr("correct horse")) for _ in range(8)))

    assert most == 1
