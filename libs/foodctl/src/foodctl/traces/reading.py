"""Reads traces from the receiver, and waits until an order's traces are complete."""

import time
from collections.abc import Callable

import httpx2

from foodctl.errors import FoodctlError
from foodctl.traces.spans import Span, Trace

_SECONDS = 10.0
_LOOK = 0.1


def traces(url: str, **parameters: str) -> list[Trace]:
    """Return the traces of an `order` or an `id`, or all stored ones."""
    try:
        answer = httpx2.get(f"{url}/traces", params=parameters, timeout=_SECONDS)
        answer.raise_for_status()
    except httpx2.HTTPError as error:
        message = f"there is no store of traces at {url} ({type(error).__name__}); `just up` starts one"
        raise FoodctlError(message) from None
    return [[Span.of(span) for span in trace] for trace in answer.json()]


def whole(trace: Trace) -> bool:
    """Return whether a trace is complete: one span without a parent, and no missing parent."""
    known = {span.span_id for span in trace}
    roots = [span for span in trace if not span.parent_id]
    return len(roots) == 1 and all(span.parent_id in known for span in trace if span.parent_id)


def handled(trace: Trace, event: str) -> bool:
    """Return whether an event was handled in a trace."""
    return any(span.name == f"process {event}" for span in trace)


def whole_story(ask: Callable[[], list[Trace]], last: str = "", seconds: float = _SECONDS) -> list[Trace]:
    """Ask for an order's traces until they are complete and the `last` event is handled, or the time is over.

    Services export in batches, so spans arrive late.
    """
    return poll(
        ask,
        lambda found: (
            bool(found)
            and all(whole(trace) for trace in found)
            and (not last or any(handled(trace, last) for trace in found))
        ),
        seconds,
    )


def poll(
    ask: Callable[[], list[Trace]], enough: Callable[[list[Trace]], bool], seconds: float = _SECONDS
) -> list[Trace]:
    """Call `ask` until its result is `enough` or the time is over, and return the last result."""
    ends = time.monotonic() + seconds
    while not enough(found := ask()) and time.monotonic() < ends:
        time.sleep(_LOOK)
    return found
