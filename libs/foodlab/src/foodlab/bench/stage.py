"""The measured programs and the references, on loopback ports."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from devservers import probes
from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.ports import free_ports
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.steps import Say, Step
from foodctl.catalog import SERVICES, service_named
from foodctl.credentials import Credentials
from foodctl.instances import Instance
from foodctl.system import System
from foodlab import services
from foodlab.bench.nginx import find_nginx, proxy_program, upstream_program
from foodlab.bench.people import LIMITS, Tokens
from foodlab.bench.scratch import Scratch

_CUSTOMERS = 8
_GATEWAY, _ORDER = service_named("gateway"), service_named("order")


class Stage:
    """The gateway, order-service, nginx as a proxy, and nginx as the upstream of both proxies."""

    def __init__(self, processes: Processes, folder: Path, endpoints: Endpoints) -> None:
        """Use free ports, and this folder for what nginx needs."""
        self.gateway, self.order, self.nginx, self.upstream = free_ports(4)
        self.scratch = Scratch(endpoints.postgres_url)
        self.processes = processes
        self._folder = folder
        others = {service.short: self.upstream for service in SERVICES}
        self._system = System(
            Infra.NATIVE, others | {"gateway": self.gateway, "order": self.order}, endpoints, Credentials()
        )
        self._tokens = Tokens(self._system)
        self.tokens = self._tokens.customers(_CUSTOMERS)

    def steps(self) -> list[Step]:
        """Return the steps that start them, after the steps postgres, redis and rabbitmq."""
        gateway = self._service(services.program(self._system, Instance(_GATEWAY)), LIMITS)
        order = self._service(
            services.program(self._system, Instance(_ORDER)), {"DATABASE_URL": self.scratch.service_url}
        )
        return [
            Step("upstream", self._start_upstream, self._watch("upstream", self.upstream)),
            Step("nginx", self._start_nginx, self._watch("nginx", self.nginx), after=("upstream",)),
            services.step(gateway, self.processes, after=("redis", "upstream")),
            Step("tables", self.scratch.make, lambda: None, after=("postgres",)),
            services.step(order, self.processes, after=("redis", "rabbitmq", "tables")),
        ]

    def undo(self) -> None:
        """Stop the programs, then drop the databases."""
        self.processes.undo(_GATEWAY.name, _ORDER.name, "nginx", "upstream")
        self.scratch.drop()

    def _service(self, program: Program, settings: dict[str, str]) -> Program:
        return replace(program, env={**program.env, **self._tokens.settings, **settings})

    def _start_upstream(self, say: Say) -> None:
        say(self.processes.start(upstream_program(find_nginx(say), self._folder, self.upstream)))

    def _start_nginx(self, say: Say) -> None:
        say(self.processes.start(proxy_program(find_nginx(say), self._folder, self.nginx, self.upstream)))

    def _watch(self, name: str, port: int) -> Callable[[], str | None]:
        def missing() -> str | None:
            self.processes.check(name)
            return probes.http_ready(f"http://127.0.0.1:{port}/")

        return missing
