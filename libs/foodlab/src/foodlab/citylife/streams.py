"""Server-sent events, as a client reads them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """One event of a stream: its name, its data, and the id to go on with after a lost connection."""

    event: str
    data: dict[str, Any]
    id: str | None = None


async def messages(lines: AsyncIterator[str]) -> AsyncIterator[Message]:
    """Read the lines of a stream; comments, such as heartbeats, are left out."""
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
