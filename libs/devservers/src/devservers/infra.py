"""The ways to run PostgreSQL, Redis and RabbitMQ."""

from enum import StrEnum

# The servers and their default ports.
SERVERS = {"postgres": 15432, "redis": 16379, "rabbitmq": 16672}
# The number of further consecutive ports of RabbitMQ: as a process, two internal ones and the management interface.
MANAGEMENT = 3


class Infra(StrEnum):
    """How PostgreSQL, Redis and RabbitMQ are run; with the last value, everything is a container."""

    AUTO = "auto"
    EXTERNAL = "external"
    COMPOSE = "compose"
    NATIVE = "native"
    CONTAINERS = "containers"
