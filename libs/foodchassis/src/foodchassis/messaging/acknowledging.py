"""Acknowledges messages; consecutive deliveries that finish at the same time share one frame.

A delivery without a handler interrupts the sequence, so that it is never acknowledged with others.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from faststream.rabbit import RabbitMessage

# A delivery without a handler interrupts the sequence permanently; at most this many later ones are remembered.
MOST_APART = 1_000


@dataclass
class _Channel:
    """The deliveries of one channel: all up to `settled` are finished, and those in `apart`, which follow a gap."""

    settled: int = 0
    ended: set[int] = field(default_factory=set)
    apart: set[int] = field(default_factory=set)
    sending: "asyncio.Task[None] | None" = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def take(self) -> tuple[int, int, set[int]]:
        """Return the number of consecutive finished deliveries and the last of them, and those to acknowledge alone."""
        ended, self.ended, before = self.ended, set(), self.settled
        if len(self.apart) < MOST_APART:
            self.apart |= ended
        while self.settled + 1 in self.apart:
            self.settled += 1
            self.apart.remove(self.settled)
        row = {tag for tag in ended if before < tag <= self.settled}
        return len(row), max(row, default=0), ended - row


class Acknowledgements:
    """Combines acknowledgements by channel; each queue's consumer has its own channel."""

    def __init__(self) -> None:
        self._channels: WeakKeyDictionary[Any, _Channel] = WeakKeyDictionary()

    async def send(self, message: RabbitMessage) -> None:
        """Acknowledge a message, together with all that finish in the same iteration of the event loop.

        Raises the channel's errors.
        """
        channel, tag = message.raw_message.channel, message.raw_message.delivery_tag
        assert tag is not None
        known = self._channels.setdefault(channel, _Channel())
        known.ended.add(tag)
        if known.sending is None:
            known.sending = asyncio.create_task(_send(channel, known))
        await asyncio.shield(known.sending)


async def _send(channel: Any, known: _Channel) -> None:
    # In order, also while the connection's queue is full: RabbitMQ closes the channel when a frame for several
    # deliveries overtakes an earlier frame for one of them.
    async with known.lock:
        known.sending = None
        count, last, alone = known.take()
        if count:
            await channel.basic_ack(last, multiple=count > 1, wait=False)
        for tag in sorted(alone):
            await channel.basic_ack(tag, wait=False)
