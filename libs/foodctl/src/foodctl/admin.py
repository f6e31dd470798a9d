"""`foodctl admin`: makes an admin by user-service's own program."""

import subprocess
import sys
from typing import Annotated

import typer

from devservers.settings import inherited_environment
from foodctl.errors import FoodctlError


def admin(
    email: Annotated[str, typer.Argument(help="The e-mail address the admin logs in with.")],
    name: Annotated[str, typer.Option(help="The name shown to others.")],
) -> None:
    """Make an admin, with the password on standard input; harmless when there is one already."""
    from foodctl.whereabouts import Whereabouts  # noqa: PLC0415 - --help should not wait for it

    make_admin(Whereabouts.known().database("user_service"), email, name, sys.stdin.readline())


def make_admin(database_url: str, email: str, name: str, password: str) -> None:
    """Have this admin in the database of the user service."""
    done = subprocess.run(
        [sys.executable, "-m", "user_service.admin", email, "--name", name],
        env={**inherited_environment(), "DATABASE_URL": database_url},
        input=password,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise FoodctlError(f"the admin was not made: {done.stderr.strip()[-300:] or 'no reason given'}")
    typer.echo(f"{email} is an admin")
