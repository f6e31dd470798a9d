"""List, show, replay and drop dead letters."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from aio_pika.exceptions import AMQPError
from rich.console import Console

from devservers.errors import UsageError
from foodchassis.kernel.errors import ServiceError
from foodchassis.messaging import dead_letters
from foodchassis.messaging.dead_letter import DeadLetter
from foodchassis.messaging.dead_letters import DeadLetters, Received
from foodctl.dlq.dead_letter import SHORT, record, short, table, whole
from foodctl.errors import FoodctlError


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[DeadLetters]:
    """Open the dead-letter queues of the broker at `url`; unacknowledged dead letters are returned."""
    try:
        async with dead_letters.opened(url) as queues:
            yield queues
    except (AMQPError, OSError) as error:
        where = urlsplit(url)
        kind = type(error).__name__
        reason = f"RabbitMQ at {where.hostname}:{where.port} does not respond ({kind})"
        raise FoodctlError(f"{reason}; dead letters that were not named stay") from None


@dataclass(frozen=True)
class Choice:
    """The selected dead letters: those of these services whose id ends with one of `ids`; all without ids."""

    services: Sequence[str]
    ids: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse an id that is too short to be unique."""
        for wanted in self.ids:
            if len(wanted) < SHORT:
                raise UsageError(f"{wanted}: give an id, or at least its last {SHORT} characters")

    def means(self, dead_letter: DeadLetter) -> bool:
        """Return whether a dead letter is selected."""
        return not self.ids or bool(self._named(dead_letter))

    async def of(self, queues: DeadLetters) -> AsyncIterator[Received]:
        """Yield the selected dead letters; raise at the end when an id is unknown."""
        unknown = set(self.ids)
        for service in self.services:
            async for received in queues.of(service):
                unknown -= self._named(received.dead_letter)
                if self.means(received.dead_letter):
                    yield received
        if unknown:
            raise FoodctlError(f"no dead letter has the id {', '.join(sorted(unknown))}; `foodctl dlq list` shows them")

    def _named(self, dead_letter: DeadLetter) -> set[str]:
        return {wanted for wanted in self.ids if str(dead_letter.id).endswith(wanted)}


async def overview(url: str, choice: Choice, console: Console) -> None:
    """Print the numbers and reasons of dead letters."""
    async with opened(url) as queues:
        table([received.dead_letter async for received in choice.of(queues)], console)


async def show(url: str, choice: Choice, console: Console) -> None:
    """Print dead letters with their content."""
    async with opened(url) as queues:
        async for received in choice.of(queues):
            whole(received.dead_letter, console)


async def replay(url: str, choice: Choice, console: Console) -> None:
    """Send dead letters back to their queues with reset attempts; the error names those that have to stay."""
    sent, stayed = 0, list[str]()
    async with opened(url) as queues:
        async for received in choice.of(queues):
            try:
                await received.send_back()
            except ServiceError as refusal:
                stayed.append(f"{short(received.dead_letter)}: {refusal.detail}")
            else:
                await received.acknowledge()
                sent += 1
    console.print(f"{sent} sent back", highlight=False)
    if stayed:
        raise FoodctlError(f"{len(stayed)} stay where they are\n  " + "\n  ".join(stayed))


async def drop(
    url: str, databases: Mapping[str, str], choice: Choice, console: Console, agreed: Callable[[int], bool]
) -> None:
    """Drop dead letters after the user's confirmation, and record them as dropped."""
    async with opened(url) as queues:
        received = [one async for one in choice.of(queues)]
        table([one.dead_letter for one in received], console)
        # In threads: the connection needs heartbeats while the user decides and the databases write.
        if not received or not await asyncio.to_thread(agreed, len(received)):
            return
        # Recorded first: after a crash here the dead letters still exist, and dropping them again records nothing
        # twice.
        await asyncio.to_thread(record, databases, [one.dead_letter for one in received])
        for one in received:
            await one.acknowledge()
    console.print(f"{len(received)} dropped", highlight=False)
