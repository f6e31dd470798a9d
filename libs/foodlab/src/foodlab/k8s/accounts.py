"""The users of services at the servers in a cluster, as configuration files of these servers."""

import json
from pathlib import Path
from typing import Any

from foodctl.accounts import DECLARED, EXCHANGE, permissions, topic_permissions
from foodctl.catalog import SERVICES
from foodctl.redis_users import redis_user
from foodctl.settings import PROJECT

FOLDER = PROJECT / "deploy/k8s/components"
# It is only valid in a development cluster.
PASSWORD = "dev-only"  # noqa: S105 - public
_VHOST = "/"


def accounts() -> dict[Path, str]:
    """Return the users in Redis's configuration and in RabbitMQ's definitions, by file."""
    lines = [" ".join(["user", *redis_user(one, PASSWORD)]) for one in SERVICES if "redis" in one.needs]
    return {
        FOLDER / "redis/users.conf": "\n".join(["# Written by `just docs` from foodctl/redis_users.py.", *lines, ""]),
        FOLDER / "rabbitmq/definitions.json": json.dumps(_definitions(), indent=2) + "\n",
    }


def _definitions() -> dict[str, Any]:
    services = [one for one in SERVICES if "rabbitmq" in one.needs]
    of_service = {one.package: {"user": one.package, "vhost": _VHOST} for one in services}
    everything = {"user": "foodapp", "vhost": _VHOST} | dict.fromkeys(("configure", "write", "read"), ".*")
    return {
        "users": [
            {"name": "foodapp", "password": PASSWORD, "tags": ["administrator"]},
            *({"name": name, "password": PASSWORD, "tags": []} for name in of_service),
        ],
        "vhosts": [{"name": _VHOST}],
        "permissions": [everything, *(of_service[one.package] | permissions(one) for one in services)],
        "exchanges": [{"name": EXCHANGE, "vhost": _VHOST} | DECLARED],
        "topic_permissions": [of_service[one.package] | topic_permissions(one) for one in services],
    }
