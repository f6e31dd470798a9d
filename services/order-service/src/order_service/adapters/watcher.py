"""What one stream receives from the feed."""

import asyncio
from contextlib import suppress


class Watcher:
    """Whether an order may have gone on, and the newest position of its driver."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._behind = False
        self._position: str | None = None

    def wake(self) -> None:
        """Note that the order may have gone on."""
        self._behind = True
        self._woken.set()

    def see(self, position: str) -> None:
        """Keep a position until it is taken; an older one that was not taken is dropped."""
        self._position = position
        self._woken.set()

    def position(self) -> str | None:
        """Return the newest position that was not returned before, if there is one."""
        taken, self._position = self._position, None
        return taken

    async def wait(self, seconds: float) -> bool:
        """Wait for something new, `seconds` at most; True when the history should be read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        behind = self._behind or not self._woken.is_set()
        self._behind = False
        self._woken.clear()
        return behind
