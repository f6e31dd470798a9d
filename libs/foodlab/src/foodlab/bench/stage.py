"""Everything that is measured or measured against, running side by side on loopback ports."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from devservers import probes
from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.steps import Say, Step
from devservers.tail import tail
from foodchassis import new_id
from foodctl.catalog import SERVICES, service_named
from foodctl.credentials import Credentials
from foodctl.instances import Instance
from foodctl.system import System
from foodlab import services
from foodlab.bench.errors import MeasurementError
from foodlab.bench.nginx import find_nginx, proxy_program, upstream_program
from foodlab.bench.scratch import Scratch
from user_service.adapters.signing import SigningKeys
from user_service.settings import UserSettings

PORTS = 4
_CUSTOMERS = 8
_GATEWAY, _ORDER = service_named("gateway"), service_named("order")
# So high that no request is refused; each request still takes its tokens in Redis.
_LIMITS = {"IDENTITY_RATE": "1e5", "IDENTITY_BURST": "1000000", "ADDRESS_RATE": "1e5", "ADDRESS_BURST": "1000000"}


class Stage:
    """The gateway, order-service, nginx as a proxy, and nginx as the tiny service behind both proxies."""

    def __init__(self, processes: Processes, folder: Path, endpoints: Endpoints, ports: Sequence[int]) -> None:
        """Use these free ports, and this folder for what nginx needs."""
        self.gateway, self.order, self.nginx, self.upstream = ports
        self.scratch = Scratch(endpoints.postgres_url)
        self._processes = processes
        self._folder = folder
        others = {service.short: self.upstream for service in SERVICES}
        self._system = System(
            Infra.NATIVE, others | {"gateway": self.gateway, "order": self.order}, endpoints, Credentials()
        )
        self._keys = SigningKeys(
            UserSettings.model_validate(
                {"signing_keys": self._system.credentials.signing_keys, "auth_issuer": self._system.gateway_url}
            )
        )
        self.tokens = tuple(self._keys.access_token(new_id(), "customer", new_id()) for _ in range(_CUSTOMERS))

    def steps(self) -> list[Step]:
        """Return the steps that start all of it, after servers whose steps are named postgres, redis and rabbitmq."""
        gateway = self._service(services.program(self._system, Instance(_GATEWAY)), _LIMITS)
        order = self._service(
            services.program(self._system, Instance(_ORDER)), {"DATABASE_URL": self.scratch.service_url}
        )
        return [
            Step("upstream", self._start_upstream, self._watch("upstream", self.upstream)),
            Step("nginx", self._start_nginx, self._watch("nginx", self.nginx), after=("upstream",)),
            services.step(gateway, self._processes, after=("redis", "upstream")),
            Step("tables", self.scratch.make, lambda: None, after=("postgres",)),
            services.step(order, self._processes, after=("redis", "rabbitmq", "tables")),
        ]

    def undo(self) -> None:
        """Stop what was started, then drop the databases."""
        self._processes.undo(_GATEWAY.name, _ORDER.name, "nginx", "upstream")
        self.scratch.drop()

    def pid(self, name: str) -> int:
        """Return the process that is measured under this name."""
        record = self._processes.running(name)
        if record is None:
            raise MeasurementError(f"{name} has died:\n{tail(self._processes.log(name))}")
        return record.pid

    def _service(self, program: Program, settings: dict[str, str]) -> Program:
        return replace(program, env={**program.env, "AUTH_JWKS": json.dumps(self._keys.published), **settings})

    def _start_upstream(self, say: Say) -> None:
        say(self._processes.start(upstream_program(find_nginx(say), self._folder, self.upstream)))

    def _start_nginx(self, say: Say) -> None:
        say(self._processes.start(proxy_program(find_nginx(say), self._folder, self.nginx, self.upstream)))

    def _watch(self, name: str, port: int) -> Callable[[], str | None]:
        def missing() -> str | None:
            self._processes.check(name)
            return probes.http_ready(f"http://127.0.0.1:{port}/")

        return missing
