"""One service several times, alike but for its telemetry."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace

from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.steps import Silence, Step, run
from devservers.tail import tail
from foodchassis import new_id
from foodctl.catalog import SERVICES, service_named
from foodctl.credentials import Credentials
from foodctl.instances import Instance
from foodctl.settings import PROJECT
from foodctl.system import System
from foodlab import services
from foodlab.bench.errors import MeasurementError
from foodlab.bench.scratch import Scratch
from user_service.adapters.signing import SigningKeys
from user_service.settings import UserSettings

OFF, ONE_PERCENT, TEN_PERCENT, DOWN = "off", "one-percent", "ten-percent", "collector-down"
VARIANTS = (OFF, ONE_PERCENT, TEN_PERCENT, DOWN)
PORTS = len(VARIANTS) + 2
_ORDER = service_named("order")
_CUSTOMERS = 8


class Variants:
    """Order-service without telemetry, with shares of its traces sent to a receiver, or nowhere."""

    def __init__(self, processes: Processes, endpoints: Endpoints, ports: Sequence[int]) -> None:
        """Use these free ports."""
        self.ports = dict(zip(VARIANTS, ports, strict=False))
        self._receiver, self._nobody = ports[len(VARIANTS) :]
        self.scratch = Scratch(endpoints.postgres_url)
        self._processes = processes
        self._system = System(
            Infra.NATIVE, {service.short: self.ports[OFF] for service in SERVICES}, endpoints, Credentials()
        )
        keys = {"signing_keys": self._system.credentials.signing_keys, "auth_issuer": self._system.gateway_url}
        self._keys = SigningKeys(UserSettings.model_validate(keys))
        self.tokens = tuple(self._keys.access_token(new_id(), "customer", new_id()) for _ in range(_CUSTOMERS))

    def steps(self) -> list[Step]:
        """Return the steps that start all of it, after servers whose steps are named postgres, redis and rabbitmq."""
        argv = (sys.executable, "-m", "foodlab.traces.receiver", str(self._receiver))
        telemetry = {
            OFF: {},
            ONE_PERCENT: self._sent_to(self._receiver, "0.01"),
            TEN_PERCENT: self._sent_to(self._receiver, "0.1"),
            DOWN: self._sent_to(self._nobody, "0.1"),
        }
        return [
            self._step(Program("receiver", argv, cwd=PROJECT, port=self._receiver)),
            Step("tables", self.scratch.make, lambda: None, after=("postgres",)),
            *(
                self._step(self._program(name, telemetry[name]), "redis", "rabbitmq", "tables", "receiver")
                for name in VARIANTS
            ),
        ]

    def pid(self, name: str) -> int:
        """Return the process of a variant."""
        record = self._processes.running(name)
        if record is None:
            raise MeasurementError(f"{name} has died:\n{tail(self._processes.log(name))}")
        return record.pid

    def let_it_publish(self) -> None:
        """Wait until the outbox is empty, so that no figure pays for the one before it."""

        def missing() -> str | None:
            left = self.scratch.unpublished()
            return f"{left} events are not published" if left else None

        run([Step("outbox", lambda _: None, missing)], Silence())

    def _sent_to(self, port: int, share: str) -> dict[str, str]:
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTEL_SAMPLE_RATIO": share}

    def _program(self, name: str, telemetry: dict[str, str]) -> Program:
        program = services.program(self._system, Instance(_ORDER))
        port = self.ports[name]
        argv = tuple(str(port) if word == str(self.ports[OFF]) else word for word in program.argv)
        settings = {"DATABASE_URL": self.scratch.service_url, "AUTH_JWKS": json.dumps(self._keys.published)}
        # Empty counts as unset: what this shell's environment says must not reach the one without telemetry.
        settings |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "", **telemetry}
        return replace(program, name=name, argv=argv, port=port, env={**program.env, **settings})

    def _step(self, program: Program, *after: str) -> Step:
        return services.step(program, self._processes, after=after)
