"""`foodctl menu import`: replace a restaurant's menu by a spreadsheet."""

import asyncio
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console

from foodctl.errors import FoodctlError

menu = typer.Typer(no_args_is_help=True, help="Menus of restaurants.")


@menu.callback()
def _menu() -> None:
    """Make Typer treat `import` as a subcommand although it is the only one."""


@menu.command("import")
def import_menu(
    file: Annotated[Path, typer.Argument(help="A CSV file: one row per dish, and one more per further option.")],
    *,
    restaurant: Annotated[UUID, typer.Option(help="The restaurant's id.")],
    email: Annotated[str, typer.Option(prompt=True, envvar="FOODCTL_EMAIL", help="The owner's e-mail address.")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, envvar="FOODCTL_PASSWORD", help="The owner's password.")
    ],
    url: Annotated[str, typer.Option(help="The gateway.")] = "http://localhost:8000",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
) -> None:
    """Replace a restaurant's whole menu by the dishes of a CSV file, and show the changes.

    Dishes are matched by external_id, otherwise by name. Fields without a column and the opening times of sections
    stay unchanged.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FoodctlError(f"{file} cannot be read: {error}; save it as CSV in UTF-8") from None
    _import(url.rstrip("/"), (email, password), f"/restaurants/{restaurant}", text, dry_run=dry_run)


def _import(url: str, log_in: tuple[str, str], path: str, text: str, *, dry_run: bool) -> None:
    from foodctl.api import gateway  # noqa: PLC0415 - imports an HTTP client, and --help should not wait for it
    from foodctl.menus import work  # noqa: PLC0415 - as above

    async def send() -> dict[str, Any]:
        async with gateway(url) as anonymous:
            return await work.replace(await anonymous.log_in(*log_in), path, text, dry_run=dry_run)

    work.show(asyncio.run(send()), Console(highlight=False, soft_wrap=True))
