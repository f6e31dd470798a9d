"""The log output of a process: its level, identity and format, which may change at run time."""

import json
import logging
import re
import sys
from typing import Any

import orjson
import structlog

# Personal data that error messages of the database or paths of requests may contain.
# A JSON escape in front of an address is kept intact, otherwise the line would not be valid JSON.
PERSONAL = re.compile(r"(\\u[0-9a-f]{4}|\\.)?(?:[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?)")
REMOVED = r"\1[removed]"
# PostgreSQL appends the values of a whole row after this word.
DETAIL = re.compile(r"DETAIL:  .*?(?=\n(?:CONTEXT|HINT|STATEMENT|\[SQL|\n)|\Z)", re.DOTALL)
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "exception": 40, "critical": 50}


class Output:
    """The current level, identity and format; existing loggers follow changes."""

    def __init__(self) -> None:
        self.level = logging.INFO
        self.identity: dict[str, str] = {}
        self.renderer: list[Any] = []

    def drop(self, _: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
        """Drop an event below the current level."""
        if LEVELS[method] < self.level:
            raise structlog.DropEvent
        return event

    def identify(self, _: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
        """Add the name and version of the service."""
        return self.identity | event

    def render(self, logger: Any, method: str, event: Any) -> str:
        """Render an event as one line, without personal data."""
        for step in self.renderer:
            event = step(logger, method, event)
        line = str(event)
        return PERSONAL.sub(REMOVED, line) if "@" in line or "eyJ" in line else line


class Stdout:
    """Writes each line to the current standard output, also when it has been replaced."""

    def msg(self, line: str) -> None:
        """Write one line."""
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    debug = info = warning = error = critical = msg


def explained(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Convert an exception into fields: type, message and location."""
    raised = sys.exc_info() if event.get("exc_info") is True else event.get("exc_info")
    error = raised[1] if isinstance(raised, tuple) else raised
    if error is not None:
        event |= {"exception_type": type(error).__name__, "exception_message": _without_rows(str(error))[:500]}
    formatted = dict(structlog.processors.format_exc_info(logger, method, event))
    if "exception" in formatted:
        formatted["exception"] = _without_rows(formatted["exception"])
    return formatted


def _without_rows(message: str) -> str:
    return DETAIL.sub("DETAIL:  [removed]", message) if "DETAIL:" in message else message


def to_json(_: Any, __: str, event: dict[str, Any]) -> str:
    """Write an event as one line of JSON."""
    try:
        return orjson.dumps(event, default=str).decode()
    except orjson.JSONEncodeError:
        # Unpaired surrogates and numbers beyond 64 bits, which orjson refuses.
        return json.dumps(event, default=str)
