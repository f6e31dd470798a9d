"""The accelerated clock of the city."""

import asyncio
import time

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
# A run begins before noon, so that lunch comes first.
BEGIN = 11 * HOUR


class Clock:
    """City seconds since the midnight before the run began."""

    def __init__(self, speed: float, begin: float = BEGIN) -> None:
        """Let `speed` city seconds pass per real second."""
        self.speed = speed
        self._begin = begin
        self._began = time.monotonic()
        self._hurry = asyncio.Event()

    @property
    def now(self) -> float:
        """Return the city time."""
        return self._begin + (time.monotonic() - self._began) * self.speed

    @property
    def hurried(self) -> bool:
        """Return whether waits are skipped, so that everything ends as soon as possible."""
        return self._hurry.is_set()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of city time, or until waits are skipped."""
        try:
            async with asyncio.timeout(seconds / self.speed):
                await self._hurry.wait()
        except TimeoutError:
            return
        # Yield to other tasks.
        await asyncio.sleep(0.05)

    def hurry(self) -> None:
        """Skip all current and future waits."""
        self._hurry.set()


def shown(seconds: float) -> str:
    """Return a time of day as hours and minutes."""
    hours, minutes = divmod(int(seconds % DAY / MINUTE), 60)
    return f"{hours:02}:{minutes:02}"
