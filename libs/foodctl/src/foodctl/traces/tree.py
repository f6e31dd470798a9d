"""Prints an order's traces as a tree, with the time of every hop."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.text import Text

from foodctl.traces.spans import Span, Trace

_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "red")
_INDENT = "  "
# A call and its server span, or a message and its handling: the two ends of one hop.
_ARRIVALS = frozenset({("client", "server"), ("producer", "consumer")})


def tree(order_id: str, story: Sequence[Trace], *, statements: bool = False) -> Iterator[Text]:
    """Yield the lines of an order's traces: first the automatic one, then the linked user actions."""
    began = min(span.began for trace in story for span in trace)
    ended = max(span.ended for trace in story for span in trace)
    spans = sum(map(len, story))
    yield Text(f"order {order_id}: {(ended - began) / 1e6:.0f} ms, {spans} spans, {len(story)} traces", "bold")
    drawing = _Drawing(began, sorted({span.service for trace in story for span in trace}), statements=statements)
    for number, trace in enumerate(story):
        linked = f", linked to {story[0][0].trace_id}" if number else ""
        yield Text(f"trace {trace[0].trace_id}{linked}", "dim")
        yield from drawing.lines(trace)


class _Drawing:
    def __init__(self, began: int, services: Sequence[str], *, statements: bool) -> None:
        self._began = began
        self._statements = statements
        self._width = max(map(len, services))
        self._colours = {service: _COLOURS[index % len(_COLOURS)] for index, service in enumerate(services)}

    def lines(self, trace: Trace) -> Iterator[Text]:
        """Yield the lines of a trace, each span below its parent; spans with an unknown parent are at the top level."""
        known = {span.span_id for span in trace}
        below: dict[str, Trace] = defaultdict(list)
        for span in trace:
            below[span.parent_id if span.parent_id in known else ""].append(span)
        for root in below[""]:
            yield from self._hop(root, below, 0)

    def _hop(self, span: Span, below: dict[str, Trace], depth: int) -> Iterator[Text]:
        calls = [one for one in below[span.span_id] if one.is_statement]
        yield self._line(span, depth, [] if self._statements else calls)
        for one in below[span.span_id]:
            if self._statements or not one.is_statement:
                yield from self._hop(one, below, depth + ((span.kind, one.kind) not in _ARRIVALS))

    def _line(self, span: Span, depth: int, calls: Sequence[Span]) -> Text:
        offset = (span.began - self._began) / 1e6
        line = Text.assemble(
            (f"+{offset:8.1f} ms ", "dim"),
            (f"{span.milliseconds:8.1f} ms  ", "bold"),
            _INDENT * depth,
            (span.service, self._colours[span.service]),
            f"  {span.name}",
        )
        if calls:
            line.append(f"  ({len(calls)} statements, {sum(one.milliseconds for one in calls):.1f} ms)", "dim")
        if span.failed:
            line.append("  failed", "bold red")
        return line
