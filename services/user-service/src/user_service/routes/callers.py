"""The network address of a caller."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated

from fastapi import Depends, Request

from foodchassis.web import ResourcesDep
from user_service.settings import UserSettings

ONE_CUSTOMER = 64


def client_address(forwarded: str, peer: str, proxies: int) -> str:
    """Return the address that log-in attempts are counted for, given X-Forwarded-For and the connection's peer.

    Only the last `proxies` entries are ours; the client may have written those before them.
    """
    entries = [entry.strip() for entry in forwarded.split(",") if entry.strip()]
    claimed = entries[-proxies] if 0 < proxies <= len(entries) else peer
    try:
        address = ip_address(claimed)
    except ValueError:
        return peer
    if isinstance(address, IPv6Address):
        # One customer can use every address of a /64.
        return str(address.ipv4_mapped or ip_network((address, ONE_CUSTOMER), strict=False))
    return str(address)


async def _client_address(request: Request, resources: ResourcesDep) -> str:
    proxies = resources.get(UserSettings).trusted_proxies
    forwarded = ",".join(request.headers.getlist("X-Forwarded-For"))
    return client_address(forwarded, request.client.host if request.client else "", proxies)


ClientAddress = Annotated[str, Depends(_client_address)]
