"""Settings that are only suitable for development: production refuses to start with them, unless allowed by name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

ALLOWED = "ALLOWED_IN_PRODUCTION"
DEVELOPMENT_PASSWORDS = frozenset({"dev-only", "guest", "postgres", "password", "changeme", "secret"})
ENCRYPTED = frozenset({"https", "rediss", "amqps", "smtps", "smtp+starttls"})
# The values of PostgreSQL's sslmode that guarantee encryption.
ENCRYPTED_DATABASE = frozenset({"require", "verify-ca", "verify-full"})


class UnsafeProductionError(RuntimeError):
    """The settings are only suitable for development."""


@dataclass(frozen=True)
class Danger:
    """A setting that is only suitable for development: the name that allows it, and how to correct it."""

    name: str
    text: str


def check(service: str, dangers: Iterable[Danger], allowed: Iterable[str]) -> None:
    """Raise UnsafeProductionError with each danger that is not allowed and how to correct it."""
    permitted = set(allowed)
    unsafe = [danger for danger in dangers if danger.name not in permitted]
    if unsafe:
        listed = "\n".join(f"- {danger.name}: {danger.text}" for danger in unsafe)
        raise UnsafeProductionError(
            f"{service} does not start with ENVIRONMENT=prod:\n{listed}\n"
            f"Correct this, or allow what is intended by its name: {ALLOWED}='[\"{unsafe[0].name}\"]'."
        )


def of_url(setting: str, url: str, name: str) -> Iterator[Danger]:
    """Yield the dangers of a server's URL: well-known passwords and unencrypted connections."""
    parts = urlsplit(url)
    if parts.password is not None and unquote(parts.password) in DEVELOPMENT_PASSWORDS:
        yield Danger("development-secrets", f"the password in {setting} is a well-known one; choose another.")
    query = parse_qs(parts.query)
    encrypted = parts.scheme in ENCRYPTED or not ENCRYPTED_DATABASE.isdisjoint(query.get("sslmode", []))
    # A URL of PostgreSQL may have its hosts in the query.
    if not encrypted and not all(map(is_loopback, [parts.hostname, *query.get("host", [])])):
        yield Danger(f"plain-text-{name}", f"{setting} is not encrypted; use TLS.")


def is_loopback(host: str | None) -> bool:
    """Return whether a host is only reachable from this machine: loopback, or a socket in the file system."""
    if not host or host == "localhost" or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
