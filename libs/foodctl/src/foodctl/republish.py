"""`foodctl republish`: tell a new reader every menu again, by the menu service's own command."""

import subprocess
import sys

from rich.console import Console

from devservers.settings import inherited_environment
from foodctl.errors import FoodctlError


def republish() -> None:
    """Publish every restaurant and dish again, for a new reader; others ignore what they know."""
    from foodctl.whereabouts import Whereabouts  # noqa: PLC0415 - --help should not wait for it

    publish_again(Whereabouts.known().database("menu_service"))
    Console().print("every restaurant and dish is on its way again: menu-service sends them", soft_wrap=True)


def publish_again(database_url: str) -> None:
    """Put every snapshot into the outbox of the menu service with this database."""
    done = subprocess.run(
        [sys.executable, "-m", "menu_service.republish"],
        env={**inherited_environment(), "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = next(reversed(done.stderr.strip().splitlines()), "no reason given")
        raise FoodctlError(f"the menus could not be published again: {last[:300]}")
