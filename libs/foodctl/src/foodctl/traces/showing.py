"""Prints the trace of an order."""

from rich.console import Console

from foodctl.errors import FoodctlError
from foodctl.system import System
from foodctl.traces.places import receiver_url, where
from foodctl.traces.reading import whole_story
from foodctl.traces.tree import tree


def show(system: System, console: Console, order_id: str, *, last: str = "", statements: bool = False) -> None:
    """Print the traces of an order, after its `last` event has been handled.

    Raises FoodctlError when there are none.
    """
    url = receiver_url(system)
    if url is None:
        raise FoodctlError(f"the traces are not stored here: {where(system)}")
    story = whole_story(url, order_id, last)
    if not story:
        raise FoodctlError(f"no trace of the order {order_id} is stored; only the newest ones are kept")
    for line in tree(order_id, story, statements=statements):
        console.print(line, soft_wrap=True, highlight=False)
