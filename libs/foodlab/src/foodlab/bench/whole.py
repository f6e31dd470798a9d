"""Complete automatic orders, from the request at the gateway to the delivery, in a separate system."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from devservers.infra import SERVERS, Infra
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
from foodlab.bench.machine import tree_cpu_seconds
from foodlab.bench.people import LIMITS, Tokens
from foodlab.databases import Migration

# Drivers report once, before the first order.
PATIENT = {"DRIVER_SILENCE": "86400", "SEARCH_INTERVAL": "1"}


class Whole:
    """All services with their servers, and their figures: CPU time, histories of orders, and backlogs."""

    def __init__(self, processes: Processes, folder: Path, endpoints: Endpoints) -> None:
        """Use free ports, and this folder for the log of the migrations."""
        ports = dict(zip([one.short for one in SERVICES], free_ports(len(SERVICES)), strict=True))
        self.system = System(Infra.NATIVE, ports, endpoints, Credentials())
        self.processes = processes
        self._migration = Migration(self.system, [one for one in SERVICES if one.has_database], folder / "tables.log")
        self.tokens = Tokens(self.system)
        self._connections: dict[str, psycopg.Connection] = {}

    def steps(self) -> list[Step]:
        """Return the steps that start everything."""
        steps = self._migration.steps(after="postgres")
        for service in SERVICES:
            program = self._service(services.program(self.system, Instance(service)))
            needs = ("redis", "rabbitmq", "tables")
            steps.append(services.step(program, self.processes, after=needs))
        return steps

    def another(self, service: str, name: str, port: int) -> Program:
        """Return another process of a service, under another name."""
        known = service_named(service)
        program = self._service(services.program(self.system, Instance(known)))
        argv = tuple(str(port) if word == str(self.system.ports[known.short]) else word for word in program.argv)
        return replace(program, name=name, argv=argv, port=port)

    def database(self, service: str) -> str:
        """Return the URL of a service's database."""
        return self.system.database_url(service_named(service))

    def undo(self) -> None:
        """Stop the services."""
        for connection in self._connections.values():
            connection.close()
        self._migration.undo()
        self.processes.undo(*(one.name for one in SERVICES))

    def cpu(self) -> dict[str, float]:
        """Return the CPU seconds of each part; PostgreSQL's processes are one part."""
        names = [*(one.name for one in SERVICES), *SERVERS]
        return {name: tree_cpu_seconds(self.processes.check(name).pid) for name in names}

    def fetch(self, service: str, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run a query on a service's database, on a connection that stays open: opening one is slow."""
        if service not in self._connections:
            self._connections[service] = psycopg.connect(self.database(service), options="-c jit=off", autocommit=True)
        return self._connections[service].execute(query, parameters).fetchall()

    def waiting(self) -> int:
        """Return the number of unpublished events of all services."""
        parts = [one.short for one in SERVICES if one.has_database]
        return sum(self.fetch(part, "SELECT count(*) FROM outbox")[0][0] for part in parts)

    def _service(self, program: Program) -> Program:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": "", **self.tokens.settings, **LIMITS, **PATIENT}
        return replace(program, env={**program.env, **settings})
