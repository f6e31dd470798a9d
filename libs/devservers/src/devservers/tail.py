"""The end of a log, formatted for people."""

import json
from pathlib import Path

_LINES = 10
_WIDTH = 300


def tail(log: Path) -> str:
    """Return the last lines of a log, indented; structured lines as text."""
    if not log.exists():
        return "  (no log)"
    raw = log.read_text(errors="replace").splitlines()[-_LINES:]
    lines = [part for line in raw for part in _said(line).splitlines()]
    return "\n".join(f"  {line[:_WIDTH]}" for line in lines[-_LINES:])


def _said(line: str) -> str:
    try:
        fields = json.loads(line)
    except ValueError:
        return line
    if not isinstance(fields, dict) or "event" not in fields:
        return line
    error = fields.get("exception", "")
    return f"{fields.get('level', '')}: {fields['event']} {error}".strip()
