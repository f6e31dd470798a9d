"""The running system: ports, servers and URLs, stored for later commands."""

from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.state import State, read_json, write_private
from foodctl.catalog import DEFAULT_PORTS, SERVICES, Service
from foodctl.credentials import Credentials
from foodctl.errors import FoodctlError
from foodctl.instances import Instance, instances
from foodctl.settings import Settings


@dataclass(frozen=True)
class System:
    """One running system."""

    infra: Infra
    ports: dict[str, int]
    endpoints: Endpoints
    credentials: Credentials
    has_accounts: bool = False
    """Whether each service has its own user at Redis and RabbitMQ."""

    @property
    def gateway_url(self) -> str:
        """Return the URL of the gateway."""
        return f"http://localhost:{self.ports['gateway']}"

    def instances(self, service: Service) -> list[Instance]:
        """Return the processes of one service."""
        return instances(self.ports, service)

    @property
    def processes(self) -> list[str]:
        """Return the names of all services' processes."""
        return [one.name for service in SERVICES for one in self.instances(service)]

    def url(self, service: Service) -> str:
        """Return the URL of one service, the first instance's."""
        return f"http://127.0.0.1:{self.ports[service.short]}"

    def redis_url(self, service: Service) -> str:
        """Return the URL of Redis for a service, with its own user if the server is ours."""
        return self._as_service(self.endpoints.redis_url, service)

    def rabbitmq_url(self, service: Service) -> str:
        """Return the URL of RabbitMQ for a service, with its own user if the server is ours."""
        return self._as_service(self.endpoints.rabbitmq_url, service)

    def _as_service(self, url: str, service: Service) -> str:
        if not self.has_accounts:
            return url
        server = urlsplit(url)
        login = f"{service.package}:{self.credentials.role(service.package)}"
        return server._replace(netloc=f"{login}@{server.netloc.rpartition('@')[2]}").geturl()

    def database_url(self, service: Service) -> str:
        """Return the URL of a service's database, with the service's role."""
        server = urlsplit(self.endpoints.postgres_url)
        login = f"{service.package}:{self.credentials.role(service.package)}"
        place = server.netloc.rpartition("@")[2]
        return server._replace(netloc=f"{login}@{place}", path=f"/{service.package}").geturl()

    @property
    def database_urls(self) -> dict[str, str]:
        """Return the database URLs by package."""
        return {service.package: self.database_url(service) for service in SERVICES if service.has_database}

    def save(self, state: State) -> None:
        """Store this for later commands."""
        facts = {"infra": self.infra, "ports": self.ports, "endpoints": asdict(self.endpoints)}
        write_private(state.system, facts | {"has_accounts": self.has_accounts})

    @classmethod
    def here(cls) -> "System":
        """Return the system of the configured state folder."""
        return cls.load(State(Settings().state))

    @classmethod
    def load(cls, state: State) -> "System":
        """Return the system of a state folder. Raises FoodctlError when there is none."""
        system = cls.find(state)
        if system is None:
            raise FoodctlError("nothing was started here yet; `just up` starts everything")
        return system

    @classmethod
    def find(cls, state: State) -> "System | None":
        """Return the system that was last started in a state folder, or None."""
        stored = read_json(state.system)
        if stored is None or not {"infra", "ports", "endpoints"} <= set(stored):
            return None
        return cls(
            infra=Infra(stored["infra"]),
            ports=DEFAULT_PORTS | stored["ports"],
            endpoints=Endpoints(**stored["endpoints"]),
            credentials=Credentials.of(state),
            # A system that the previous release started has none.
            has_accounts=stored.get("has_accounts", False),
        )
