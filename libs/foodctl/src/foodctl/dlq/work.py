"""Dead letters in their queues: list, show, replay and drop them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity, DeliveryError, PublishError
from rich.console import Console

from devservers.errors import UsageError
from foodchassis.messaging.broker import dead_letters
from foodctl.dlq.letter import SHORT, Letter, record, table, whole
from foodctl.errors import FoodctlError

_SECONDS = 20.0
# RabbitMQ 4 drops a message that was put back 20 times, and looking puts back.
_MOST_DELIVERIES = 10


@dataclass(frozen=True)
class Held:
    """A letter in our hands: back in its queue when the connection ends, unless it is sent home or dropped."""

    letter: Letter
    message: AbstractIncomingMessage
    channel: AbstractChannel

    async def replay(self) -> str | None:
        """Send it back to the queue it comes from, as if never tried; return why that failed, if it did."""
        home = self.letter.home
        if home is None:
            return f"it names no queue of {self.letter.service} to go back to"
        try:
            await self._publish(home, self.letter.fresh_headers)
        except PublishError:
            return f"there is no queue {home}"
        except DeliveryError as error:
            return f"{home} does not take it: {type(error).__name__}"
        # Only now, when the broker has confirmed the copy: in between it may be there twice, never not at all.
        await self.message.ack()
        return None

    async def renew(self) -> None:
        """Put a copy, which was never taken out, in its place."""
        await self._publish(dead_letters(self.letter.service).name, self.letter.kept_headers)
        await self.message.ack()

    async def drop(self) -> None:
        """Forget it for good."""
        await self.message.ack()

    async def _publish(self, queue: str, headers: aio_pika.abc.HeadersType) -> None:
        copy = aio_pika.Message(
            self.message.body,
            message_id=self.message.message_id,
            content_type=self.message.content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            headers=headers,
        )
        await self.channel.default_exchange.publish(copy, queue, mandatory=True, timeout=_SECONDS)


class Queues:
    """The dead-letter queues of one broker."""

    def __init__(self, connection: AbstractConnection) -> None:
        """Use this connection."""
        self._connection = connection
        self._tired: list[Held] = []

    async def letters(self, services: Collection[str]) -> AsyncIterator[Held]:
        """Yield every letter that waits now, oldest first, and none a second time when it comes back meanwhile."""
        for service in services:
            channel = await self._connection.channel(on_return_raises=True)
            try:
                queue = await channel.declare_queue(dead_letters(service).name, passive=True)
            except ChannelNotFoundEntity:
                # The service never ran here.
                continue
            for _ in range(queue.declaration_result.message_count or 0):
                message = await queue.get(fail=False, timeout=_SECONDS)
                if message is None:
                    break
                letter = Letter.read(service, message.message_id, message.headers, message.body)
                held = Held(letter, message, channel)
                if letter.deliveries >= _MOST_DELIVERIES:
                    self._tired.append(held)
                yield held

    async def renew(self) -> None:
        """Put a copy in the place of each letter that was taken out too often, and is still in hand."""
        for held in self._tired:
            if not held.message.processed:
                await held.renew()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Queues]:
    """Open the dead-letter queues of the broker at `url`; whatever is still in hand afterwards goes back."""
    try:
        async with await aio_pika.connect(url, timeout=_SECONDS) as connection:
            queues = Queues(connection)
            yield queues
            await queues.renew()
    except (AMQPError, OSError) as error:
        where = urlsplit(url)
        kind = type(error).__name__
        message = f"RabbitMQ at {where.hostname}:{where.port} does not answer ({kind}); every letter not named stays"
        raise FoodctlError(message) from None


@dataclass(frozen=True)
class Choice:
    """Which letters are meant: those of these services whose id ends like one of `ids`; all when there are none."""

    services: Sequence[str]
    ids: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse an id so short that it may be another's, too."""
        for wanted in self.ids:
            if len(wanted) < SHORT:
                raise UsageError(f"{wanted}: give an id, or at least its last {SHORT} characters")

    async def of(self, queues: Queues) -> AsyncIterator[Held]:
        """Yield the letters that are meant; raises at the end when an id is no letter's."""
        unknown = set(self.ids)
        async for held in queues.letters(self.services):
            named = {wanted for wanted in self.ids if held.letter.id.endswith(wanted)}
            unknown -= named
            if named or not self.ids:
                yield held
        if unknown:
            raise FoodctlError(f"no dead letter has the id {', '.join(sorted(unknown))}; `foodctl dlq list` shows them")


async def overview(url: str, choice: Choice, console: Console) -> None:
    """Print how many letters there are, and why."""
    async with opened(url) as queues:
        table([held.letter async for held in choice.of(queues)], console)


async def show(url: str, choice: Choice, console: Console) -> None:
    """Print letters in full."""
    async with opened(url) as queues:
        async for held in choice.of(queues):
            whole(held.letter, held.message.body, console)


async def replay(url: str, choice: Choice, console: Console) -> None:
    """Send letters back to their queues as if never tried; those that cannot go stay, and are named in the error."""
    sent, stayed = 0, list[str]()
    async with opened(url) as queues:
        async for held in choice.of(queues):
            if refusal := await held.replay():
                stayed.append(f"{held.letter.short}: {refusal}")
            else:
                sent += 1
    console.print(f"{sent} sent back", highlight=False)
    if stayed:
        raise FoodctlError(f"{len(stayed)} stay where they are\n  " + "\n  ".join(stayed))


async def drop(
    url: str, databases: Mapping[str, str], choice: Choice, console: Console, agreed: Callable[[int], bool]
) -> None:
    """Forget letters for good, once the user who saw them has agreed, and leave a note that this was meant."""
    async with opened(url) as queues:
        held = [one async for one in choice.of(queues)]
        table([one.letter for one in held], console)
        # In threads: the connection must go on beating while the user thinks and the databases write.
        if not held or not await asyncio.to_thread(agreed, len(held)):
            return
        # Noted first: broken off here, the letters are still there, and dropping them again notes nothing twice.
        await asyncio.to_thread(record, databases, [(one.letter, one.message.body) for one in held])
        for one in held:
            await one.drop()
    console.print(f"{len(held)} dropped", highlight=False)
