"""The resources of this service: its password hasher, signing keys, log-in limits and e-mail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from foodchassis import Resources
from foodchassis.kernel import background
from user_service.adapters.attempts import Attempts
from user_service.adapters.mail import Mail, mailer
from user_service.adapters.passwords import Passwords
from user_service.adapters.signing import SigningKeys
from user_service.service.upkeep import run_upkeep
from user_service.settings import AccountSettings, UserSettings


@asynccontextmanager
async def open_resources(resources: Resources) -> AsyncIterator[None]:
    """Add the resources that the settings configure: the program that creates an admin has no keys."""
    assert isinstance(resources.settings, AccountSettings)
    resources.add(Passwords(resources.settings))
    if isinstance(resources.settings, UserSettings):
        resources.add(SigningKeys(resources.settings))
        resources.add(Attempts(resources.find(Redis), resources.settings))
        mail = resources.add(Mail(resources.settings, mailer(resources.settings)))
        async with background(run_upkeep(resources), mail.run()):
            yield
    else:
        yield
