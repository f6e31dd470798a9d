"""Tokens that were taken from the shared buckets in advance, so that most requests need no trip to Redis."""

import math
from dataclasses import dataclass

from api_gateway.buckets import KEPT, Policy

# A bucket gives no more than this share of its size in advance: other gateways may need the rest.
SHARE = 20
# Seconds after which tokens that were not used are lost.
LIFE = 1.0
# So many times as much each trip asks for than the one before, while tokens are used up.
GROWTH = 4
ROUNDING = 0.001


@dataclass(slots=True)
class Lease:
    """What one caller has here in advance, and how its bucket in Redis stood when the last of it came.

    `size` is how much the next trip asks for.
    """

    policy: str
    left: int = 0
    size: int = 1
    until: float = 0.0
    shared: int = 0
    seconds: int = 0
    asking: bool = False


class Leases:
    """The leases of one policy.

    They are paid for, so all gateways together never let more through than the buckets hold; a caller may lose up to
    `most` tokens a second at each gateway. A lease grows with each trip in a row: who calls rarely takes one token.
    """

    def __init__(self, policy: Policy, most: int) -> None:
        self._policy = policy
        self._most = max(1, min(most, policy.burst // SHARE))
        self._held: dict[str, Lease] = {}

    def spend(self, key: str, now: float) -> Lease | None:
        """Use one token and return its lease, if there is one in advance."""
        lease = self._held.get(key)
        if lease is None or not lease.left or now >= lease.until:
            return None
        lease.left -= 1
        return lease

    def wanted(self, key: str, now: float) -> int:
        """Return how many tokens to ask for: one, when another request asks for more already."""
        lease = self._held.get(key)
        if lease is None:
            lease = self._new(key, now)
        if lease.asking:
            return 1
        lease.asking = True
        lease.size = min(GROWTH * lease.size, self._most) if now < lease.until else 1
        return lease.size

    def store(self, key: str, taken: int, until_full: float, now: float) -> Lease:
        """Keep what a trip brought, but for the token of the request that asked; return the lease."""
        lease, policy = self._held.get(key) or self._new(key, now), self._policy
        lease.asking = False
        if taken:
            kept = lease.left if now < lease.until else 0
            lease.left, lease.until = kept + taken - 1, now + LIFE
            # Redis rounds microseconds up: without this, two whole tokens would be 1.999999.
            lease.shared = max(0, math.floor(policy.burst - until_full * policy.rate + ROUNDING))
            lease.seconds = math.ceil(until_full - ROUNDING)
        return lease

    def _new(self, key: str, now: float) -> Lease:
        if len(self._held) >= KEPT:
            self._forget(now)
        lease = self._held[key] = Lease(self._policy.name)
        return lease

    def _forget(self, now: float) -> None:
        """Drop what has expired; when too much has not, forget all."""
        self._held = {key: lease for key, lease in self._held.items() if now < lease.until}
        if len(self._held) >= KEPT:
            self._held.clear()
