"""A span for each SQL statement, with and without SQLAlchemy."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from opentelemetry.trace import SpanKind, Status, StatusCode
from psycopg import AsyncCursor
from typing_extensions import override

from foodchassis.telemetry import semconv
from foodchassis.telemetry.tracing import recording, span, tracer

POSTGRESQL = "postgresql"
COMMIT = "COMMIT"
LONGEST = 2_000
WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
READS = re.compile(r"\b(FROM)\s+\"?(\w+)", re.IGNORECASE)


class TracedCursor(AsyncCursor[Any]):
    """A psycopg cursor with spans, used by both pools."""

    @override
    async def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Execute a statement, with a span if the trace is sampled."""
        if not recording():
            return await super().execute(query, params, **options)
        text = query if isinstance(query, str) else str(query)
        with span(summary(text), None, SpanKind.CLIENT, described(text)):
            return await super().execute(query, params, **options)

    @override
    async def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        """Execute a statement with many sets of parameters, in one span."""
        if not recording():
            await super().executemany(query, params_seq, **options)
            return
        text = query if isinstance(query, str) else str(query)
        with span(summary(text), None, SpanKind.CLIENT, described(text)):
            await super().executemany(query, params_seq, **options)


@contextmanager
def spans(texts: Iterable[str]) -> Iterator[None]:
    """Run a block that sends a batch of statements, with a span for each if the trace is sampled."""
    if not recording():
        yield
        return
    begun = [tracer.start_span(summary(text), kind=SpanKind.CLIENT, attributes=described(text)) for text in texts]
    try:
        yield
    except Exception as error:
        for one in begun:
            one.record_exception(error)
            one.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        for one in begun:
            one.end()


@lru_cache(maxsize=1024)
def summary(statement: str) -> str:
    """Return the name of a statement: its verb and the first table that it writes, or else reads."""
    found = WRITES.search(statement) or READS.search(statement)
    if found is None:
        return (statement.split(None, 1) or ["query"])[0].upper()
    verb = found[1].split()[0].upper()
    return f"{'SELECT' if verb == 'FROM' else verb} {found[2]}"


def described(statement: str) -> semconv.Attributes:
    """Return the span attributes of a statement, without its parameters."""
    return {
        semconv.DATABASE: POSTGRESQL,
        semconv.DATABASE_OPERATION: summary(statement).split(" ", 1)[0],
        semconv.DATABASE_STATEMENT: " ".join(statement.split())[:LONGEST],
    }
