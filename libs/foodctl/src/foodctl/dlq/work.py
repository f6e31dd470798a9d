"""What can be done with dead letters."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console

from devservers.errors import UsageError
from foodctl.dlq.letter import SHORT, record, table, whole
from foodctl.dlq.queues import Held, Queues, opened
from foodctl.errors import FoodctlError


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
        """Give the letters that are meant; raises at the end when an id is no letter's."""
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
