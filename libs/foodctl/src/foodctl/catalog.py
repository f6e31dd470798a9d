"""The parts of the system and their default ports."""

from dataclasses import dataclass

from devservers.errors import UsageError
from devservers.infra import SERVERS


@dataclass(frozen=True)
class Service:
    """One of our services."""

    name: str
    port: int
    needs: tuple[str, ...] = ()

    @property
    def has_database(self) -> bool:
        """Return whether it has a PostgreSQL database."""
        return "postgres" in self.needs

    @property
    def package(self) -> str:
        """Return the Python package, which is also the name of the database and of its role."""
        return self.name.replace("-", "_")

    @property
    def short(self) -> str:
        """Return the short name: `order` of `order-service`, `gateway` of `api-gateway`."""
        return self.name.removesuffix("-service").removeprefix("api-")


SERVICES = (
    Service("api-gateway", 8000, ("redis",)),
    Service("user-service", 8001, ("postgres", "rabbitmq", "redis")),
    Service("menu-service", 8002, ("postgres", "rabbitmq", "redis")),
    Service("order-service", 8003, ("postgres", "rabbitmq", "redis")),
    Service("payment-service", 8004, ("postgres", "rabbitmq", "redis")),
    Service("delivery-service", 8005, ("postgres", "rabbitmq", "redis")),
    Service("console-service", 8006, ("redis",)),
)
# The trace receiver of foodctl.
TRACES = {"traces": 14318}
# The ports of the monitoring tools for browsers, when they run in containers.
WATCHERS = {"jaeger": 16686, "prometheus": 9090, "grafana": 3000}
DEFAULT_PORTS = {service.short: service.port for service in SERVICES} | SERVERS | TRACES | WATCHERS

HIGHEST_PORT = 65535


def parse_ports(choices: list[str], offset: int = 0) -> dict[str, int]:
    """Read choices such as `gateway=9000`; an offset moves every port that is not chosen."""
    ports = {name: port + offset for name, port in DEFAULT_PORTS.items()} if offset else {}
    for choice in choices:
        name, _, number = choice.partition("=")
        if name not in DEFAULT_PORTS or not number.isdecimal() or not 0 < int(number) <= HIGHEST_PORT:
            known = ", ".join(DEFAULT_PORTS)
            raise UsageError(f"--port {choice}: give NAME=NUMBER, where NAME is one of {known}")
        ports[name] = int(number)
    return ports


def service_named(name: str) -> Service:
    """Find a service by its name or its short name."""
    for service in SERVICES:
        if name in (service.name, service.short):
            return service
    known = ", ".join(service.name for service in SERVICES)
    raise UsageError(f"there is no service {name}; there are {known}")
