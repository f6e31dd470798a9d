"""`foodctl smoke`: one order through a system that runs anywhere, by people who are gone afterwards."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from foodctl.errors import FoodctlError


def smoke(
    url: Annotated[str, typer.Argument(help="The gateway, such as https://foodapp.example.com.")],
    patience: Annotated[float, typer.Option(help="Seconds to wait until the gateway is ready.")] = 60,
) -> None:
    """Send one order through a running system and wait until it is delivered and paid. Exits with 1 otherwise."""
    from foodctl.visitors import deliver  # noqa: PLC0415 - imports an HTTP client, and --help should not wait for it

    try:
        order = asyncio.run(deliver(url.rstrip("/"), patience))
    except TimeoutError:
        raise FoodctlError(f"{url}: an order did not reach the door in time") from None
    Console(highlight=False, soft_wrap=True).print(f"order {order} was delivered and paid through {url}")
