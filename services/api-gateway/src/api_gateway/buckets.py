"""Token buckets: their rates, verdicts, and the buckets of this process."""

import math
from dataclasses import dataclass
from typing import NamedTuple

KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Policy:
    """The rate of a bucket in tokens per second, and its size."""

    name: str
    rate: float
    burst: int

    @property
    def interval(self) -> float:
        """Microseconds per token."""
        return 1_000_000 / self.rate

    @property
    def described(self) -> str:
        """The policy as an item of the RateLimit-Policy header."""
        return f'"{self.name}";q={self.burst};w={max(1, math.ceil(self.burst / self.rate))}'


class Verdict(NamedTuple):
    """Whether a request is admitted, and the state of the bucket nearest to empty."""

    allowed: bool
    policy: str
    left: int
    seconds: int

    @property
    def described(self) -> bytes:
        """The verdict as the value of the RateLimit header."""
        return b'"%s";r=%d;t=%d' % (self.policy.encode(), self.left, self.seconds)


class LocalBuckets:
    """Buckets, each stored as the time in microseconds when it will be full."""

    def __init__(self, identity: Policy, address: Policy) -> None:
        self._policies = (identity, address)
        self._full_at: dict[str, float] = {}

    def take(self, keys: tuple[str, str], now: float) -> Verdict:
        """Take one token from both the caller's bucket ("" when unknown) and the address's, or none."""
        full: dict[str, float] = {}
        standing: list[tuple[float, int, Policy]] = []
        for key, policy in zip(keys, self._policies, strict=True):
            if key:
                at = max(now, self._full_at.get(key, 0.0)) + policy.interval
                full[key] = at
                room = policy.burst * policy.interval - (at - now)
                standing.append((room, math.floor(room / policy.interval), policy))
        room, left, nearest = min(standing, key=lambda one: one[0] if one[0] < 0 else one[1])
        if room < 0:
            return Verdict(allowed=False, policy=nearest.name, left=0, seconds=math.ceil(-room / 1e6))
        if len(self._full_at) >= KEPT:
            self._forget(now)
        self._full_at.update(full)
        until_full = full[keys[self._policies.index(nearest)]] - now
        return Verdict(allowed=True, policy=nearest.name, left=left, seconds=math.ceil(until_full / 1e6))

    def _forget(self, now: float) -> None:
        """Delete full buckets; when too many are left, delete all."""
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        if len(self._full_at) >= KEPT:
            self._full_at.clear()
