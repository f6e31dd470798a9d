"""A reader of server-sent events."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """One event of a stream: its name, data and id."""

    event: str
    data: dict[str, Any]
    id: str | None = None


async def messages(lines: AsyncIterator[str]) -> AsyncIterator[Message]:
    """Yield the messages of a stream's lines; comments, such as heartbeats, are skipped."""
    fields = dict[str, str]()
    async for line in lines:
        if not line:
            if "data" in fields:
                yield Message(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id"))
            fields = {}
            continue
        name, _, value = line.partition(":")
        if name:
            fields[name] = value.removeprefix(" ")
