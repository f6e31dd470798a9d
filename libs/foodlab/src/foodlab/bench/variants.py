"""Several processes of one service that differ only in their telemetry."""

from dataclasses import replace
from pathlib import Path

from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.ports import free_ports
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.steps import Step
from foodctl.catalog import SERVICES, service_named
from foodctl.credentials import Credentials
from foodctl.instances import Instance
from foodctl.system import System
from foodlab import services
from foodlab.bench.people import Tokens
from foodlab.bench.scratch import Scratch

OFF, ONE_PERCENT, TEN_PERCENT, DOWN = "off", "one-percent", "ten-percent", "collector-down"
VARIANTS = (OFF, ONE_PERCENT, TEN_PERCENT, DOWN)
_ORDER = service_named("order")
_CUSTOMERS = 8


class Variants:
    """Order-service without telemetry, with sampled traces sent to a receiver, and without a reachable receiver."""

    def __init__(self, processes: Processes, _folder: Path, endpoints: Endpoints) -> None:
        """Use free ports."""
        self._receiver, self._nobody, *ports = free_ports(2 + len(VARIANTS))
        self.ports = dict(zip(VARIANTS, ports, strict=True))
        self.scratch = Scratch(endpoints.postgres_url)
        self.processes = processes
        self._system = System(
            Infra.NATIVE, {service.short: self.ports[OFF] for service in SERVICES}, endpoints, Credentials()
        )
        self._tokens = Tokens(self._system)
        self.tokens = self._tokens.customers(_CUSTOMERS)

    def steps(self) -> list[Step]:
        """Return the steps that start them, after the steps postgres, redis and rabbitmq."""
        telemetry = {
            OFF: {},
            ONE_PERCENT: self._sent_to(self._receiver, "0.01"),
            TEN_PERCENT: self._sent_to(self._receiver, "0.1"),
            DOWN: self._sent_to(self._nobody, "0.1"),
        }
        return [
            self._step(services.receiver("receiver", self._receiver)),
            Step("tables", self.scratch.make, lambda: None, after=("postgres",)),
            *(
                self._step(self._program(name, telemetry[name]), "redis", "rabbitmq", "tables", "receiver")
                for name in VARIANTS
            ),
        ]

    def undo(self) -> None:
        """Drop the databases."""
        self.scratch.drop()

    def _sent_to(self, port: int, share: str) -> dict[str, str]:
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTEL_SAMPLE_RATIO": share}

    def _program(self, name: str, telemetry: dict[str, str]) -> Program:
        program = services.program(self._system, Instance(_ORDER))
        port = self.ports[name]
        argv = tuple(str(port) if word == str(self.ports[OFF]) else word for word in program.argv)
        settings = {"DATABASE_URL": self.scratch.service_url, **self._tokens.settings}
        # Empty counts as unset: the environment of the shell must not enable telemetry.
        settings |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "", **telemetry}
        return replace(program, name=name, argv=argv, port=port, env={**program.env, **settings})

    def _step(self, program: Program, *after: str) -> Step:
        return services.step(program, self.processes, after=after)
