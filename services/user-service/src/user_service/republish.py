"""`python -m user_service.republish`: publishes names and contacts of all users again, for a new service."""

import structlog

from foodchassis import create_service
from foodchassis.messaging import DATABASE_ONLY, republish, run_command
from user_service.service.accounts import republish as publish_batch
from user_service.settings import AccountSettings

BATCH = 500
log = structlog.get_logger()


async def republish_all(settings: AccountSettings, batch: int = BATCH) -> None:
    """Publish the name and contact of each user, one transaction per batch; the running service sends the events."""
    await republish(create_service(settings.model_copy(update=DATABASE_ONLY)), publish_batch, batch)
    log.info("contacts.republished")


def main() -> None:
    """Publish everything again, or exit with a one-line error."""
    run_command(republish_all(AccountSettings()))


if __name__ == "__main__":
    main()
