"""A circuit breaker: after failures in a row a service is left alone for a while, then tried once."""


class Breaker:
    """Closed until `threshold` failures in a row, then open for `open_seconds`, then open but for one trial at a time.

    The caller passes the time, in seconds of a clock that only goes forward.
    """

    def __init__(self, *, threshold: int, open_seconds: float) -> None:
        self._threshold = threshold
        self._open_seconds = open_seconds
        self._failures = 0
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether the last `threshold` calls all failed."""
        return self._failures >= self._threshold

    def wait(self, now: float) -> float:
        """Return 0 when a call may go now, or the seconds until one may.

        On an open circuit 0 makes the caller the trial; a trial that never reports is replaced after `open_seconds`.
        """
        if self._failures < self._threshold:
            return 0.0
        if now < self._next_try:
            return self._next_try - now
        self._next_try = now + self._open_seconds
        return 0.0

    def succeeded(self) -> bool:
        """Note a call that was answered; return whether this closed the circuit."""
        closed = self.is_open
        self._failures = 0
        return closed

    def failed(self, now: float) -> bool:
        """Note a call that was not answered; return whether this opened the circuit."""
        self._failures += 1
        if self._failures >= self._threshold:
            self._next_try = now + self._open_seconds
        return self._failures == self._threshold
