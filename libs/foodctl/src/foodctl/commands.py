"""Short commands: create an admin, republish menus, send one order through a running system."""

import asyncio
import json
import subprocess
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

from devservers.settings import inherited_environment
from foodctl.connections import Connections
from foodctl.errors import FoodctlError
from foodctl.settings import Settings

# The services that publish snapshots, and their contents.
SNAPSHOTS = {"menu_service": "menus", "user_service": "contacts"}


def admin(
    email: Annotated[str, typer.Argument(help="The e-mail address the admin logs in with.")],
    name: Annotated[str, typer.Option(help="The name shown to others.")],
) -> None:
    """Create an admin, with the password on standard input; update an existing one."""
    make_admin(Connections.find().database("user_service"), email, name, sys.stdin.readline())
    typer.echo(f"{email} is an admin")


def make_admin(database_url: str, email: str, name: str, password: str) -> None:
    """Create or update the admin in the database of user-service. Raises FoodctlError."""
    failed = "the admin was not created"
    _run("user_service.admin", email, "--name", name, database_url=database_url, failed=failed, given=password)


def _run(module: str, *arguments: str, database_url: str, failed: str, given: str = "") -> None:
    """Run a service's own command on its database; `given` is its standard input. Raises FoodctlError."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**inherited_environment(), "DATABASE_URL": database_url},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = next(reversed(done.stderr.strip().splitlines()), "no reason given")
        raise FoodctlError(f"{failed}: {last[:300]}")


def accounts(
    shown: Annotated[
        bool, typer.Option("--print", help="Print Redis's configuration of these users, and change nothing.")
    ] = False,
) -> None:
    """Create or update each service's user at RabbitMQ; FOODAPP_PASSWORDS has the passwords."""
    from foodctl.accounts import put_rabbitmq  # noqa: PLC0415 - --help should not wait for it
    from foodctl.catalog import SERVICES  # noqa: PLC0415 - the same
    from foodctl.redis_users import redis_user  # noqa: PLC0415 - the same

    given = {name: secret.get_secret_value() for name, secret in (Settings().passwords or {}).items()}
    if missing := sorted({one.name for one in SERVICES} - given.keys()):
        raise FoodctlError(f"FOODAPP_PASSWORDS has no password of {', '.join(missing)}")
    if shown:
        for service in (one for one in SERVICES if "redis" in one.needs):
            print("user", *redis_user(service, given[service.name]))  # noqa: T201 - read by another program
        return
    known = Connections.of_broker()
    if known.broker is None or known.management is None:
        raise FoodctlError("set FOODAPP_RABBITMQ_URL and FOODAPP_RABBITMQ_MANAGEMENT_URL, of an administrator")
    put_rabbitmq(given, known.broker, known.management)
    typer.echo("every service has its user at RabbitMQ")


def republish() -> None:
    """Publish every restaurant, dish and contact again, for a new consumer; others ignore known versions."""
    connections = Connections.find()
    for package in SNAPSHOTS:
        publish_again(connections.database(package), package)
    Console().print(
        "every restaurant, dish and contact is in the outbox: the services publish them again", soft_wrap=True
    )


def publish_again(database_url: str, package: str) -> None:
    """Store every snapshot in the outbox of the service with this database. Raises FoodctlError."""
    failed = f"the {SNAPSHOTS[package]} could not be published again"
    _run(f"{package}.republish", database_url=database_url, failed=failed)


def store_verification(database_url: str, summary: dict[str, Any]) -> None:
    """Store the result of `verify`, which the API shows to admins. Raises FoodctlError."""
    failed = "the result of the verification could not be stored"
    _run("order_service.verified", database_url=database_url, failed=failed, given=json.dumps(summary))


def smoke(
    url: Annotated[str, typer.Argument(help="The gateway, such as https://foodapp.example.com.")],
    wait: Annotated[float, typer.Option(help="Seconds to wait until the gateway is ready.")] = 60,
) -> None:
    """Send one order through a running system and wait until it is delivered and paid. Exits with 1 otherwise."""
    from foodctl.visitors import deliver  # noqa: PLC0415 - imports an HTTP client, and --help should not wait for it

    try:
        order = asyncio.run(deliver(url.rstrip("/"), wait))
    except TimeoutError:
        raise FoodctlError(f"{url}: an order was not delivered in time") from None
    Console(highlight=False, soft_wrap=True).print(f"order {order} was delivered and paid through {url}")
