"""The time of the city: as many times faster than ours as its speed says."""

import asyncio
import time

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
# A run begins before noon: the first thing to be seen is lunch.
BEGIN = 11 * HOUR


class Clock:
    """City seconds since the midnight before the run began."""

    def __init__(self, speed: float, begin: float = BEGIN) -> None:
        """Let `speed` seconds of the city pass in each of ours."""
        self.speed = speed
        self._begin = begin
        self._began = time.monotonic()
        self._hurry = asyncio.Event()

    @property
    def now(self) -> float:
        """Return the time of the city."""
        return self._begin + (time.monotonic() - self._began) * self.speed

    @property
    def hurried(self) -> bool:
        """Return whether waiting is over: all that is under way is to end as soon as it can."""
        return self._hurry.is_set()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the city, or until all hurry."""
        try:
            async with asyncio.timeout(seconds / self.speed):
                await self._hurry.wait()
        except TimeoutError:
            return
        # Yield to other tasks.
        await asyncio.sleep(0.05)

    def hurry(self) -> None:
        """Let nothing in the city wait any longer."""
        self._hurry.set()


def shown(seconds: float) -> str:
    """Return a time of day in hours and minutes."""
    hours, minutes = divmod(int(seconds % DAY / MINUTE), 60)
    return f"{hours:02}:{minutes:02}"
