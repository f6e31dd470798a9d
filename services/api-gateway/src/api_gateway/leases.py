"""Tokens that were taken from the shared buckets in advance, so that most requests need no trip to Redis."""

import math
from dataclasses import dataclass

from api_gateway.buckets import KEPT, Policy

# A bucket gives no more than this share of its size in advance: other gateways may need the rest.
SHARE = 20
# Seconds after which tokens that were not used are lost.
LIFE = 1.0
ROUNDING = 0.00001


@dataclass(slots=True)
class Lease:
    """What one caller has here in advance; `size` is how much the next trip asks for, `full_at` Redis's bucket."""

    left: int = 0
    size: int = 1
    until: float = 0.0
    full_at: float = 0.0
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

    def spend(self, key: str, now: float) -> bool:
        """Use one token, if there is one in advance."""
        lease = self._held.get(key)
        if lease is None or lease.left == 0 or now >= lease.until:
            return False
        lease.left -= 1
        return True

    def give_back(self, key: str) -> None:
        """Take a token back that was not used after all."""
        if (lease := self._held.get(key)) is not None:
            lease.left += 1

    def wanted(self, key: str, now: float) -> int:
        """Return how many tokens to ask for: one, when another request asks for more already."""
        lease = self._held.get(key)
        if lease is None:
            if len(self._held) >= KEPT:
                self._forget(now)
            lease = self._held[key] = Lease()
        if lease.asking:
            return 1
        lease.asking = True
        lease.size = min(2 * lease.size, self._most) if now < lease.until else 1
        return lease.size

    def store(self, key: str, taken: int, full_at: float, now: float) -> None:
        """Keep what a trip brought, but for the token of the request that asked."""
        lease = self._held.setdefault(key, Lease())
        lease.asking = False
        if taken:
            kept = lease.left if now < lease.until else 0
            lease.left, lease.until, lease.full_at = kept + taken - 1, now + LIFE, full_at

    def standing(self, key: str, now: float) -> tuple[int, float]:
        """Return the tokens that are left, and the seconds until the bucket is full."""
        lease, policy = self._held.get(key) or Lease(), self._policy
        # Redis's microseconds are rounded up: without this, two whole tokens would be 1.999999.
        until_full = max(0.0, lease.full_at - now - ROUNDING)
        return max(0, math.floor(policy.burst - until_full * policy.rate)) + lease.left, until_full

    def _forget(self, now: float) -> None:
        """Drop what has expired; when too much has not, forget all."""
        self._held = {key: lease for key, lease in self._held.items() if now < lease.until}
        if len(self._held) >= KEPT:
            self._held.clear()
