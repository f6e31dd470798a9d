"""What this service alone holds open: its password hasher, signing keys and log-in limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from foodchassis import Resources
from user_service.attempts import Attempts
from user_service.passwords import Passwords
from user_service.settings import AccountSettings, UserSettings
from user_service.signing import SigningKeys


@asynccontextmanager
async def open_tools(held: Resources) -> AsyncIterator[None]:
    """Make what the settings allow for: the program that makes an admin has no keys."""
    assert isinstance(held.settings, AccountSettings)
    held.add(Passwords(held.settings))
    if isinstance(held.settings, UserSettings):
        held.add(SigningKeys(held.settings))
        held.add(Attempts(held.get(Redis), held.settings))
    yield


def passwords(held: Resources) -> Passwords:
    """Return the hasher of passwords."""
    found: Passwords = held.get(Passwords)
    return found


def signing_keys(held: Resources) -> SigningKeys:
    """Return the keys that sign."""
    found: SigningKeys = held.get(SigningKeys)
    return found


def attempts(held: Resources) -> Attempts:
    """Return the count of failed log-ins."""
    found: Attempts = held.get(Attempts)
    return found
