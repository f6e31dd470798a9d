"""Acknowledges messages: what ends at the same time in an unbroken row takes one frame.

A delivery that nobody handles breaks the row, so that it is never acknowledged with others.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from faststream.rabbit import RabbitMessage

# A delivery that nobody handles breaks the row for good, and what ends after it is no longer worth remembering.
MOST_APART = 1_000


@dataclass
class _Channel:
    """The deliveries of one channel: all up to `settled` have ended, and after a gap those in `apart`."""

    settled: int = 0
    ended: set[int] = field(default_factory=set)
    apart: set[int] = field(default_factory=set)
    sending: "asyncio.Task[None] | None" = None

    def take(self) -> tuple[int, int, set[int]]:
        """Return how many have ended in an unbroken row and the last of them, and those to acknowledge alone."""
        ended, self.ended, before = self.ended, set(), self.settled
        if len(self.apart) < MOST_APART:
            self.apart |= ended
        while self.settled + 1 in self.apart:
            self.settled += 1
            self.apart.remove(self.settled)
        row = {tag for tag in ended if before < tag <= self.settled}
        return len(row), max(row, default=0), ended - row


class Acknowledgements:
    """Puts acknowledgements together, channel by channel; a queue's consumer has a channel of its own."""

    def __init__(self) -> None:
        self._channels: WeakKeyDictionary[Any, _Channel] = WeakKeyDictionary()

    async def send(self, message: RabbitMessage) -> None:
        """Acknowledge one message, with all that end before the event loop's next turn; raises as the channel does."""
        channel, tag = message.raw_message.channel, message.raw_message.delivery_tag
        assert tag is not None
        known = self._channels.setdefault(channel, _Channel())
        known.ended.add(tag)
        if known.sending is None:
            known.sending = asyncio.create_task(_send(channel, known))
        await asyncio.shield(known.sending)


async def _send(channel: Any, known: _Channel) -> None:
    known.sending = None
    count, last, alone = known.take()
    if count:
        await channel.basic_ack(last, multiple=count > 1, wait=False)
    for tag in sorted(alone):
        await channel.basic_ack(tag, wait=False)
