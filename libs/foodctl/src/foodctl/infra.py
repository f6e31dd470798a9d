"""The places that PostgreSQL, Redis and RabbitMQ may come from."""

from enum import StrEnum


class Infra(StrEnum):
    """Where PostgreSQL, Redis and RabbitMQ come from; with the last, everything is a container."""

    AUTO = "auto"
    EXTERNAL = "external"
    COMPOSE = "compose"
    NATIVE = "native"
    CONTAINERS = "containers"
