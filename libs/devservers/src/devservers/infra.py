"""The places that PostgreSQL, Redis and RabbitMQ may come from."""

from enum import StrEnum

# The servers and the ports that are theirs by default.
SERVERS = {"postgres": 15432, "redis": 16379, "rabbitmq": 16672}
# RabbitMQ takes so many ports more, in a row: as a process two for its own, and the last for its management interface.
MANAGEMENT = 3


class Infra(StrEnum):
    """Where PostgreSQL, Redis and RabbitMQ come from; with the last, everything is a container."""

    AUTO = "auto"
    EXTERNAL = "external"
    COMPOSE = "compose"
    NATIVE = "native"
    CONTAINERS = "containers"
