"""The reader of server-sent events."""

from collections.abc import AsyncIterator

from foodlab.citylife.streams import Message, messages


async def lines(text: str) -> AsyncIterator[str]:
    for line in text.split("\n"):
        yield line


async def test_events_are_read_and_heartbeats_skipped() -> None:
    text = ': heartbeat\n\nid: 5\nevent: order\ndata: {"a": ":"}\n\nevent: position\ndata: {}\n\nevent: cut'

    assert [one async for one in messages(lines(text))] == [
        Message("order", {"a": ":"}, "5"), Message("position", {}),
    ]  # fmt: skip
