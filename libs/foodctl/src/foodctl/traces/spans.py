"""Spans, and the newest traces in memory."""

import sys
from collections import ChainMap, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Exported
from opentelemetry.proto.trace.v1.trace_pb2 import Status

Value = str | int | float | bool
ORDER = "order.id"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of work: times are in nanoseconds since the epoch, `links` are the ids of linked traces."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    kind: str
    began: int
    ended: int
    failed: bool
    links: tuple[str, ...] = ()
    attributes: Mapping[str, Value] = field(default_factory=dict)
    resource: Mapping[str, Value] = field(default_factory=dict)

    @property
    def milliseconds(self) -> float:
        """Return the duration."""
        return (self.ended - self.began) / 1e6

    @property
    def is_statement(self) -> bool:
        """Return whether it is a call to a database or to Redis."""
        return "db.system.name" in self.attributes

    def as_json(self) -> dict[str, Any]:
        """Return the span as JSON."""
        return asdict(self)

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Span":
        """Return a span from its JSON."""
        return cls(**{**given, "links": tuple(given["links"])})


def decode(body: bytes) -> Iterator[Span]:
    """Read the spans of one OTLP request. Raises protobuf's DecodeError."""
    for batch in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = _plain(batch.resource.attributes)
        service = str(resource.get("service.name", "unknown"))
        for scope in batch.scope_spans:
            for span in scope.spans:
                yield _span(span, service, resource)


def _span(span: Exported, service: str, resource: Mapping[str, Value]) -> Span:
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        service=service,
        name=sys.intern(span.name),
        kind=Exported.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        links=tuple(link.trace_id.hex() for link in span.links),
        attributes=_plain(span.attributes),
        resource=resource,
    )


def _plain(attributes: Iterable[KeyValue]) -> dict[str, Value]:
    return {sys.intern(one.key): _value(one) for one in attributes}


def _value(one: KeyValue) -> Value:
    kind = one.value.WhichOneof("value")
    found = getattr(one.value, kind) if kind else ""
    if isinstance(found, str):
        # Statements and routes repeat in every request: share one copy of each.
        return sys.intern(found)
    return found if isinstance(found, bool | int | float) else str(found)


MOST_SPANS = 20_000
Trace = list[Span]


@dataclass(slots=True)
class _Kept:
    spans: Trace = field(default_factory=list)
    orders: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)

    def add(self, span: Span) -> None:
        self.spans.append(span)
        self.links.update(span.links)
        if (order := span.attributes.get(ORDER)) is not None:
            self.orders.add(str(order))

    def in_order(self) -> Trace:
        return sorted(self.spans, key=lambda span: span.began)


class _Shelf:
    """Traces of one kind; when there are too many spans, the traces least recently updated are removed."""

    def __init__(self, most: int) -> None:
        self.traces: OrderedDict[str, _Kept] = OrderedDict()
        self._most = most
        self._spans = 0

    def put(self, trace_id: str, kept: _Kept) -> None:
        self.traces[trace_id] = kept
        self._spans += len(kept.spans)
        while self._spans > self._most and len(self.traces) > 1:
            self._spans -= len(self.traces.popitem(last=False)[1].spans)

    def take(self, trace_id: str) -> _Kept | None:
        kept = self.traces.pop(trace_id, None)
        self._spans -= len(kept.spans) if kept else 0
        return kept


class Traces:
    """Keeps the newest traces that changed an order, and separately the newest others.

    Clients that poll produce far more of the others.
    """

    def __init__(self, most: int = MOST_SPANS) -> None:
        """Keep at most about `most` spans of each kind."""
        self._moving, self._idle = _Shelf(most), _Shelf(most)
        self._lock = Lock()

    def add(self, spans: Iterable[Span]) -> None:
        """Add spans in any order."""
        with self._lock:
            for span in spans:
                name = span.trace_id
                kept = self._moving.take(name) or self._idle.take(name) or _Kept()
                kept.add(span)
                (self._moving if kept.orders else self._idle).put(name, kept)

    def every(self) -> list[Trace]:
        """Return all traces, their spans ordered by start time."""
        with self._lock:
            return [kept.in_order() for kept in self._all().values()]

    def one(self, trace_id: str) -> list[Trace]:
        """Return one trace, if it is stored."""
        with self._lock:
            kept = self._all().get(trace_id)
            return [kept.in_order()] if kept else []

    def about(self, order_id: str) -> list[Trace]:
        """Return the traces that changed an order and those linked to them, oldest first."""
        with self._lock:
            moved = {trace_id for trace_id, kept in self._moving.traces.items() if order_id in kept.orders}
            every = self._all().items()
            chosen = [kept for trace_id, kept in every if trace_id in moved or moved & kept.links]
            return sorted((kept.in_order() for kept in chosen), key=lambda trace: trace[0].began)

    def _all(self) -> ChainMap[str, _Kept]:
        return ChainMap(self._moving.traces, self._idle.traces)
