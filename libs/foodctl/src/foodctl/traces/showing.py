"""Prints the trace of an order."""

from functools import partial

from rich.console import Console

from foodctl.errors import FoodctlError
from foodctl.system import System
from foodctl.traces import jaeger
from foodctl.traces.places import jaeger_url, receiver_url, where
from foodctl.traces.reading import traces, whole_story
from foodctl.traces.spans import Trace
from foodctl.traces.tree import tree


def show(system: System, console: Console, order_id: str, *, last: str = "", statements: bool = False) -> None:
    """Print the traces of an order, after its `last` event has been handled.

    Raises FoodctlError when there are none.
    """
    story = stored(system, order_id, last)
    if not story:
        raise FoodctlError(f"no trace of the order {order_id} is stored; only the newest ones are kept")
    for line in tree(order_id, story, statements=statements):
        console.print(line, soft_wrap=True, highlight=False)


def stored(system: System, order_id: str, last: str = "") -> list[Trace]:
    """Return an order's traces from our own receiver, or else from Jaeger.

    Raises FoodctlError when neither stores the system's traces.
    """
    if (url := receiver_url(system)) is not None:
        return whole_story(partial(traces, url, order=order_id), last)
    if (url := jaeger_url(system)) is not None:
        return whole_story(partial(jaeger.traces, url, order_id), last, jaeger.SECONDS)
    raise FoodctlError(f"the traces are not stored here: {where(system)}")
