"""Creates an admin: `python -m user_service.admin EMAIL --name NAME`, with the password on standard input."""

import argparse
import asyncio
import sys

from pydantic import SecretStr, ValidationError

from foodchassis import Database, create_service
from foodchassis.kernel import ServiceError
from user_service.schemas.accounts import AdminCreate
from user_service.service import accounts
from user_service.service.resources import open_resources
from user_service.settings import AccountSettings


async def create(admin: AdminCreate) -> None:
    """Create this admin in the database at DATABASE_URL, or update the existing one."""
    # Only the database is opened: the running service sends the stored event.
    settings = AccountSettings(redis_url=None, rabbitmq_url=None, metrics_port=None, log_level="WARNING")
    app = create_service(settings, lifespan=open_resources)
    async with app.router.lifespan_context(app), app.state.resources.get(Database).transaction() as session:
        await accounts.ensure_admin(session, admin)


def main() -> None:
    """Read the command line, and the password from standard input."""
    parser = argparse.ArgumentParser(prog="python -m user_service.admin", description=__doc__)
    parser.add_argument("email", help="the e-mail address the admin logs in with")
    parser.add_argument("--name", required=True, help="the name shown to others")
    options = parser.parse_args()
    try:
        password = SecretStr(sys.stdin.readline().rstrip("\r\n"))
        asyncio.run(create(AdminCreate(email=options.email, name=options.name, password=password)))
    except ValidationError as error:
        faults = (f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors(include_input=False))
        sys.exit("\n".join(faults))
    except ServiceError as error:
        sys.exit(f"{options.email}: {error.title}. {error.detail}")


if __name__ == "__main__":
    main()
