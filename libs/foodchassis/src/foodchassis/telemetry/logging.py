"""Structured logs: one JSON line per event with service, version, request id and trace id.

Coloured text on a terminal.
"""

import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import structlog
from opentelemetry import trace
from prometheus_client import Counter

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.telemetry.output import LEVELS, Output, Stdout, explained, to_json

COUNTED = ("warning", "error", "critical")
# Their INFO lines duplicate our own events and metrics; the pool's logger has the name of our subclass.
QUIET = ("aio_pika", "aiormq", "faststream", "alembic", "httpx2", "foodchassis.storage.database")

lines = Counter("log_lines_total", "Lines at warning or above, by level", ["level"])
for level in COUNTED:
    lines.labels(level)
output = Output()
# The ids of the current request: one variable, because each variable costs time in every request.
request_ids: ContextVar[Mapping[str, Any]] = ContextVar("request_ids")
IDS = ("request_id", "client_request_id", "trace_id", "span_id")


def set_up(settings: ServiceSettings) -> None:
    """Write structlog's events and the standard library's records to stdout with one renderer."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stdout.isatty())
    output.identity = {"service": settings.service_name, "version": settings.service_version}
    output.renderer = (
        [explained, to_json]
        if as_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _request_ids,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _trace_ids,
        _counted,
        output.identify,
    ]
    processors: list[Any] = [output.drop, *shared, output.render]
    structlog.configure(
        processors=processors,
        logger_factory=lambda *_: Stdout(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    finish: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, output.render]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=finish))
    logging.getLogger().handlers[:] = [handler]
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    set_level(settings.log_level)


def set_level(level: str) -> None:
    """Change the level of this process.

    Libraries are never logged below INFO: their lines may contain personal data.
    """
    output.level = LEVELS[level.lower()]
    logging.getLogger().setLevel(max(output.level, logging.INFO))
    for name in QUIET:
        logging.getLogger(name).setLevel(max(output.level, logging.WARNING))


def is_logged(level: str) -> bool:
    """Return whether lines of this level are written; to be checked on a hot path before creating a line."""
    return LEVELS[level] >= output.level


def obey_signals(settings: ServiceSettings) -> None:
    """Log at every level after SIGUSR1, and at the level of the settings after SIGUSR2."""

    def change(level: str) -> None:
        set_level(level)
        structlog.get_logger().warning("log.level_changed", to=level)

    # Only the main thread receives signals.
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, change, "DEBUG")
        loop.add_signal_handler(signal.SIGUSR2, change, settings.log_level)


def _request_ids(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    found = request_ids.get({})
    return {name: found[name] for name in IDS if name in found} | event


def _trace_ids(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def _counted(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    if event["level"] in COUNTED:
        lines.labels(event["level"]).inc()
    return event
