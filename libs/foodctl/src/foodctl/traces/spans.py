"""One span, as services export it, and how it is read from OTLP."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Exported
from opentelemetry.proto.trace.v1.trace_pb2 import Status

Value = str | int | float | bool
ORDER = "order.id"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of work: times are in nanoseconds of the epoch, `links` are ids of other traces it takes up."""

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
        """Give how long it took."""
        return (self.ended - self.began) / 1e6

    @property
    def is_statement(self) -> bool:
        """Tell whether it is a call to a database or to Redis."""
        return "db.system.name" in self.attributes

    def as_json(self) -> dict[str, Any]:
        """Give all of it."""
        return asdict(self)

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Span":
        """Read one from its JSON."""
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
        # The same statements and routes come with every request: one copy of each is enough.
        return sys.intern(found)
    return found if isinstance(found, bool | int | float) else str(found)
