"""The client address of a request behind trusted proxies."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

UNKNOWN = "0.0.0.0"  # noqa: S104 - a name for "no address", nothing listens on it


class Callers:
    """Determines the client address behind trusted proxies."""

    def __init__(self, trusted: Sequence[IPv4Network | IPv6Network]) -> None:
        self._trusted = tuple(trusted)
        self.trusts = lru_cache(maxsize=4096)(self._trusts)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)

    def address(self, peer: str, forwarded_for: bytes | None) -> str:
        """Return the last address in X-Forwarded-For that is not a trusted proxy, or the peer itself."""
        if forwarded_for is None or not self.trusts(peer):
            return peer
        for hop in reversed(forwarded_for.decode("latin-1").split(",")):
            try:
                found = str(ip_address(hop.strip()))
            except ValueError:
                return peer
            if not self.trusts(found):
                return found
        return peer


@lru_cache(maxsize=4096)
def bucket_of(address: str) -> str:
    """Return the bucket of an address: a /64 of IPv6 belongs to one customer and has one bucket."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))
    return address
