"""The users of the services at RabbitMQ and Redis: which queues, events, keys and channels each reaches."""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

import httpx2
import redis

from devservers.interface import Endpoints
from foodctl.catalog import SERVICES, Service
from foodctl.errors import FoodctlError
from foodctl.redis_users import redis_user
from foodctl.subscriptions import events, publishers
from foodevents import FoodSettings

_SECONDS = 10
EXCHANGE, RETRY = (FoodSettings.model_fields[name].default for name in ("events_exchange", "retry_prefix"))
# As the services declare it. From RabbitMQ 4.3 on, no topic permission refers to an exchange that does not exist.
DECLARED = {"type": "topic", "durable": True, "auto_delete": False, "internal": False, "arguments": {}}


def permissions(service: Service) -> dict[str, str]:
    """Return what a service may do at RabbitMQ, as regular expressions of names.

    It declares and reads its own queues and retry queues, binds them to the event exchange, and publishes there. Dead
    letters and retries use the default exchange.
    """
    name, exchange, retry = (re.escape(one) for one in (service.name, EXCHANGE, RETRY))
    own = rf"{name}\..*|{retry}\.{name}\..*"
    return {
        "configure": rf"^({own}|{exchange})$",
        "write": rf"^({own}|{exchange}|amq\.default)$",
        "read": rf"^({own}|{exchange})$",
    }


def topic_permissions(service: Service) -> dict[str, str]:
    """Return which events a service may publish and receive, as regular expressions of routing keys.

    It may publish all events with its prefixes, such as `order.`, so that new events need no new permission. It may
    receive all events.
    """
    own = {one.routing_key.partition(".")[0] for one in events() if service.name in publishers(one)}
    names = "|".join(map(re.escape, sorted(own or {service.short})))
    return {"exchange": EXCHANGE, "write": rf"^({names})\.", "read": ".*"}


def put(passwords: Mapping[str, str], endpoints: Endpoints) -> None:
    """Create or update every service's user at both servers, with these passwords by service."""
    if endpoints.management_url is None:
        raise FoodctlError("The management interface of RabbitMQ is needed to create the users of services")
    put_redis(passwords, endpoints.redis_url)
    put_rabbitmq(passwords, endpoints.rabbitmq_url, endpoints.management_url)


def put_redis(passwords: Mapping[str, str], url: str) -> None:
    """Create every service's user at Redis until its restart; the configuration file is permanent."""
    try:
        with redis.Redis.from_url(url, socket_timeout=_SECONDS) as client:
            for service in SERVICES:
                if "redis" in service.needs:
                    client.execute_command("ACL", "SETUSER", *redis_user(service, passwords[service.name]))
    except redis.RedisError as error:
        raise FoodctlError(f"Redis refuses the users of services: {error}") from None


def put_rabbitmq(passwords: Mapping[str, str], url: str, management_url: str) -> None:
    """Create the event exchange and every service's user at RabbitMQ through its management interface."""
    parts = urlsplit(url)
    vhost = quote(unquote(parts.path[1:]) or "/", safe="")
    login = (unquote(parts.username or "guest"), unquote(parts.password or "guest"))
    api = f"{management_url.rstrip('/')}/api"
    try:
        with httpx2.Client(auth=login, timeout=_SECONDS) as client:
            client.put(f"{api}/exchanges/{vhost}/{EXCHANGE}", json=DECLARED).raise_for_status()
            for service in SERVICES:
                if "rabbitmq" in service.needs:
                    user = {"password": passwords[service.name], "tags": ""}
                    client.put(f"{api}/users/{service.package}", json=user).raise_for_status()
                    for kind, allowed in (("", permissions(service)), ("topic-", topic_permissions(service))):
                        path = f"{api}/{kind}permissions/{vhost}/{service.package}"
                        client.put(path, json=allowed).raise_for_status()
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise FoodctlError(f"RabbitMQ refuses the users of services: {error!r}") from None
