"""Tokens taken in advance from the shared buckets, so that most requests need no round trip to Redis."""

import math
from dataclasses import dataclass

from api_gateway.buckets import KEPT, Policy

# The maximum share of a bucket taken in advance: other gateways may need the rest.
SHARE = 20
# Seconds after which unused tokens are lost.
LIFE = 1.0
# The factor by which each round trip requests more, while tokens are used up.
GROWTH = 4
ROUNDING = 0.001


@dataclass(slots=True)
class Lease:
    """The tokens of one caller in advance, and the state of its bucket in Redis at the last round trip.

    `size` is the number of tokens of the next round trip.
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

    Tokens are taken from the buckets, so that all gateways together never exceed the limits; a caller may lose up to
    `most` tokens a second at each gateway. A lease grows with consecutive round trips: infrequent callers take one
    token.
    """

    def __init__(self, policy: Policy, most: int) -> None:
        self._policy = policy
        self._most = max(1, min(most, policy.burst // SHARE))
        self._held: dict[str, Lease] = {}

    def spend(self, key: str, now: float) -> Lease | None:
        """Use one token in advance and return its lease, if there is one."""
        lease = self._held.get(key)
        if lease is None or not lease.left or now >= lease.until:
            return None
        lease.left -= 1
        return lease

    def wanted(self, key: str, now: float) -> int:
        """Return the number of tokens to request: one, when another request already requests more."""
        lease = self._held.get(key)
        if lease is None:
            lease = self._new(key, now)
        if lease.asking:
            return 1
        lease.asking = True
        lease.size = min(GROWTH * lease.size, self._most) if now < lease.until else 1
        return lease.size

    def store(self, key: str, taken: int, until_full: float, now: float) -> Lease:
        """Store the tokens of a round trip, except that of the request itself; return the lease."""
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
        """Delete expired leases; when too many are left, delete all."""
        self._held = {key: lease for key, lease in self._held.items() if now < lease.until}
        if len(self._held) >= KEPT:
            self._held.clear()
