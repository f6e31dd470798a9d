"""PostgreSQL, Redis and RabbitMQ behind one interface, wherever they come from."""

from foodctl.infra import Infra
from foodctl.servers.choice import choose, reopen
from foodctl.servers.interface import Endpoints, Servers

__all__ = ["Endpoints", "Infra", "Servers", "choose", "reopen"]
