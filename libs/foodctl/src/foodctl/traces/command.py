"""`foodctl trace`."""

from typing import Annotated

import typer
from rich.console import Console


def trace(
    order_id: Annotated[str, typer.Argument(metavar="ORDER_ID", help="The id of the order.")],
    statements: Annotated[
        bool, typer.Option("--statements", help="Also show each call to PostgreSQL and Redis.")
    ] = False,
) -> None:
    """Print an order's trace as a tree, with the time of each span; later actions of users follow as linked traces."""
    from foodctl.system import System  # noqa: PLC0415 - --help should not wait for it
    from foodctl.traces.showing import show  # noqa: PLC0415 - the same

    show(System.here(), Console(), order_id, statements=statements)
