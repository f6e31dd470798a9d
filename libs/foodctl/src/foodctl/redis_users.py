"""The users of the services at Redis: which keys and channels each reaches."""

from foodctl.catalog import Service

# All services read the list of revoked access tokens and receive its changes, and two services redeem tickets for
# streams; only user-service writes both. The commands in brackets are allowed for these keys only.
REVOKED = ("%R~auth:revoked", "(+subscribe &auth:revoked)")
TAKEN = "(+getdel ~stream-ticket:*)"
KEYS = {
    # An empty name is the key of a limit that does not apply to a request.
    "api-gateway": (*REVOKED, "~limit:*", "~"),
    "user-service": ("~auth:revoked", "&auth:revoked", "~stream-ticket:*", "~login:*"),
    "order-service": (*REVOKED, TAKEN, "&orders", "&orders:*", "&restaurants:*"),
    "delivery-service": (*REVOKED, TAKEN, "~delivery:*", "&drivers", "&drivers:*", "&orders:*:position"),
}

# No commands that access keys of others, scripts or the server.
REFUSED = ("@admin", "@dangerous", "scan", "randomkey", "dbsize", "function", "script|flush")
COMMANDS = ("+@all", *(f"-{one}" for one in REFUSED), "+info")


def redis_user(service: Service, password: str) -> list[str]:
    """Return a service's Redis user as the words of a configuration line, without `user`."""
    usual = (*REVOKED, f"~{service.short}:*", f"&{service.short}", f"&{service.short}:*")
    allowed = KEYS.get(service.name, usual)
    return [service.package, "reset", "on", f">{password}", *allowed, *COMMANDS]
