"""`python -m order_service.verified`: store the result of `foodctl verify`, given as JSON on standard input."""

import sys

import structlog

from foodchassis import Database, create_service
from foodchassis.messaging import DATABASE_ONLY, run_command
from order_service import service
from order_service.schemas import Verification
from order_service.settings import OrderSettings

log = structlog.get_logger()


async def store(settings: OrderSettings, found: Verification) -> None:
    """Store the result in the database of these settings."""
    app = create_service(settings.model_copy(update=DATABASE_ONLY))
    async with app.router.lifespan_context(app), app.state.resources.get(Database).transaction() as session:
        await service.store_verification(session, found)
    log.info("verification.stored", ok=found.ok)


def main() -> None:
    """Store the result, or exit with one line that says why the database cannot be reached."""
    run_command(store(OrderSettings(), Verification.model_validate_json(sys.stdin.read())))


if __name__ == "__main__":
    main()
