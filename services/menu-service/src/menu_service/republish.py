"""`python -m menu_service.republish`: publish all restaurants and menus, for a new reader of the events."""

import structlog

from foodchassis import create_service
from foodchassis.messaging import DATABASE_ONLY, republish, run_command
from menu_service import service
from menu_service.settings import MenuSettings

BATCH = 50
log = structlog.get_logger()


async def republish_all(settings: MenuSettings, batch: int = BATCH) -> None:
    """Publish every restaurant and dish, a transaction per batch; the running service sends them."""
    await republish(create_service(settings.model_copy(update=DATABASE_ONLY)), service.republish, batch)
    log.info("menus.republished")


def main() -> None:
    """Publish everything again, or exit with one line that says what is in the way."""
    run_command(republish_all(MenuSettings()))


if __name__ == "__main__":
    main()
