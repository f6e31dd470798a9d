"""The settings of the running service."""

from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.settings import DeliverySettings
from foodchassis import resources


def knobs(session: AsyncSession) -> DeliverySettings:
    """Return the settings of the service that opened `session`."""
    settings = resources(session).settings
    assert isinstance(settings, DeliverySettings)
    return settings
