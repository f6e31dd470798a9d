"""PostgreSQL, Redis and RabbitMQ behind one interface, wherever they come from."""

from foodctl.servers.choice import Infra, choose, reopen
from foodctl.servers.interface import Endpoints, Servers

__all__ = ["Endpoints", "Infra", "Servers", "choose", "reopen"]
