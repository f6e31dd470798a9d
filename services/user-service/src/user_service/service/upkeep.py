"""Periodic work: restores revocations, folds names and deletes expired rows."""

import asyncio

import structlog

from foodchassis import Database, Resources
from user_service.service import audit, links, sessions
from user_service.service.names import fold_names
from user_service.service.revocations import restore
from user_service.settings import UserSettings

log = structlog.get_logger()


async def run_upkeep(opened: Resources) -> None:
    """Run the periodic work until cancelled."""
    while True:
        await asyncio.sleep(opened.get(UserSettings).upkeep_interval)
        try:
            await restore(opened)
            async with opened.get(Database).transaction() as session:
                await links.drop_expired(session)
                await sessions.drop_expired(session)
                await audit.drop_old_reads(session)
            await fold_names(opened)
        except Exception as error:  # noqa: BLE001 - the database may be down; the next run retries
            log.warning("upkeep.failed", error=type(error).__name__)
