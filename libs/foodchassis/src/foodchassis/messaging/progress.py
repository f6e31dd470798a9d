"""The progress of the consumer of one queue: one that has messages and finishes none is stalled."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Progress:
    """The messages in progress, and when one last finished or there was none."""

    in_progress: int = 0
    moved_at: float = field(default_factory=time.monotonic)

    @contextmanager
    def message(self) -> Iterator[None]:
        """Count a message until it is acknowledged."""
        self.in_progress += 1
        try:
            yield
            self.restart()
        finally:
            self.in_progress -= 1

    def restart(self) -> None:
        """Reset the count."""
        self.moved_at = time.monotonic()

    def is_stalled(self, ready: int, seconds: float) -> bool:
        """Return whether there were messages but none finished for `seconds`.

        `ready` is the number still in the queue.
        """
        if not ready and not self.in_progress:
            self.restart()
        return time.monotonic() - self.moved_at >= seconds
