"""The limits of event queues, as a RabbitMQ policy that changes without recreating queues."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx2

from foodchassis.messaging.broker import DELIVERY_LIMIT
from foodctl.catalog import SERVICES
from foodctl.errors import FoodctlError

NAME = "foodapp-events"
_SECONDS = 10
_PORTS = {"amqp": ("http", 15672), "amqps": ("https", 15671)}


@dataclass(frozen=True)
class Limits:
    """The limits of each event queue, of the release or set by an operator."""

    delivery_limit: int = DELIVERY_LIMIT
    max_length: int | None = None

    @property
    def definition(self) -> dict[str, int]:
        """Return the limits with RabbitMQ's names."""
        found = {"delivery-limit": self.delivery_limit, "max-length": self.max_length}
        return {name: limit for name, limit in found.items() if limit is not None}

    @property
    def policy(self) -> dict[str, Any]:
        """Return the policy, which applies to every event queue, but not to dead-letter queues."""
        services = "|".join(one.name for one in _services())
        pattern = rf"^({services})\.(?!dead$|migration$)(?!.*\.moving$)"
        return {"pattern": pattern, "apply-to": "queues", "priority": 0, "definition": self.definition}

    def definitions(self, broker_url: str | None) -> dict[str, Any]:
        """Return the definitions for `rabbitmqctl import_definitions`."""
        return {"policies": [{"vhost": _vhost(broker_url or ""), "name": NAME, **self.policy}]}


def put(limits: Limits, broker_url: str, management_url: str | None) -> None:
    """Set these limits at the broker through its management interface."""
    url = urlsplit(broker_url)
    if url.scheme not in _PORTS or not url.hostname:
        # Without the URL, which may contain a password.
        raise FoodctlError("The URL of RabbitMQ must begin with amqp:// or amqps:// and name a host")
    scheme, port = _PORTS[url.scheme]
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    place = management_url or f"{scheme}://{host}:{port}"
    login = (unquote(url.username or "guest"), unquote(url.password or "guest"))
    address = f"{place.rstrip('/')}/api/policies/{quote(_vhost(broker_url), safe='')}/{NAME}"
    try:
        answer = httpx2.put(address, json=limits.policy, auth=login, timeout=_SECONDS)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise FoodctlError(
            f"RabbitMQ's management interface does not respond at {place} ({error!r}); "
            "set FOODAPP_RABBITMQ_MANAGEMENT_URL, or pipe `foodctl queues limits --definitions` "
            "into `rabbitmqctl import_definitions /dev/stdin`"
        ) from None
    if not answer.is_success:
        raise FoodctlError(f"RabbitMQ refused the policy: {answer.status_code} {answer.text[:200]}")


def _services() -> Iterable[Any]:
    return (one for one in SERVICES if "rabbitmq" in one.needs)


def _vhost(broker_url: str) -> str:
    return unquote(urlsplit(broker_url).path[1:]) or "/"
