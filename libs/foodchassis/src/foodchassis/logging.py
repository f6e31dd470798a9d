"""One JSON line per event with service, version, request and trace ids; colours on a terminal."""

import logging
import sys
from typing import Any

import orjson
import structlog
from opentelemetry import trace

from foodchassis.settings import ServiceSettings


def _trace_ids(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def _to_json(event: dict[str, Any], **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def set_up(settings: ServiceSettings) -> None:
    """Send structlog's events and the standard library's records through one renderer to stdout."""

    def _identity(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
        return {"service": settings.service_name, "version": settings.service_version, **event}

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _trace_ids,
        _identity,
    ]
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stdout.isatty())
    renderer: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_to_json)]
        if as_json
        else [structlog.dev.ConsoleRenderer()]
    )
    level = logging.getLevelName(settings.log_level)
    structlog.configure(
        processors=[*shared, *renderer],
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # These say at INFO what our own events and metrics already say.
    for name in ("aio_pika", "aiormq", "faststream", "alembic", "httpx2"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
