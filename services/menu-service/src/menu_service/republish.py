"""`python -m menu_service.republish`: publishes all restaurants and menus again, for a new consumer."""

import structlog

from foodchassis import create_service
from foodchassis.messaging import DATABASE_ONLY, republish, run_command
from menu_service import service
from menu_service.settings import MenuSettings

BATCH = 50
log = structlog.get_logger()


async def republish_all(settings: MenuSettings, batch: int = BATCH) -> None:
    """Publish every restaurant and dish, one transaction per batch; the running service sends the events."""
    await republish(create_service(settings.model_copy(update=DATABASE_ONLY)), service.republish, batch)
    log.info("menus.republished")


def main() -> None:
    """Publish everything again, or exit with a one-line error."""
    run_command(republish_all(MenuSettings()))


if __name__ == "__main__":
    main()
