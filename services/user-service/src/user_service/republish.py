"""`python -m user_service.republish`: publish how users are called, for a reader that knows them not yet."""

import asyncio
import sys

import structlog
from sqlalchemy.exc import OperationalError

from foodchassis import Database, create_service
from user_service.service.accounts import republish
from user_service.settings import AccountSettings

BATCH = 500
log = structlog.get_logger()


async def republish_all(settings: AccountSettings, batch: int = BATCH) -> None:
    """Put how each user is called into the outbox, a transaction per batch; the running service sends them."""
    database_only = {"redis_url": None, "rabbitmq_url": None, "metrics_port": None, "drain_seconds": 0.0}
    app = create_service(settings.model_copy(update=database_only))
    async with app.router.lifespan_context(app):
        last = None
        while True:
            async with app.state.resources.get(Database).transaction() as session:
                last = await republish(session, after=last, limit=batch)
            if last is None:
                break
    log.info("contacts.republished")


def main() -> None:
    """Publish everything again, or say in one line what is in the way."""
    try:
        asyncio.run(republish_all(AccountSettings()))
    except OperationalError as error:
        sys.exit(" ".join(str(error.orig).split()))


if __name__ == "__main__":
    main()
