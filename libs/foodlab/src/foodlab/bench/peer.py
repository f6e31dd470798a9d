"""A public order system, measured beside this one: order, inventory and payment over RabbitMQ.

It has no gateway, log-in, outbox or confirms, an order is three events, and its simulated payment only stores a row.
Nothing of it is part of this repository: `--peer` names a checkout of RashedShahabi/order-system-project on GitHub.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import httpx2
import psycopg
from rich.console import Console

from devservers import probes
from devservers.interface import Endpoints
from devservers.ports import free_ports
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.steps import Say, Step
from foodlab.bench import peer_service
from foodlab.bench.errors import MeasurementError
from foodlab.bench.generator import generate
from foodlab.bench.load import Load
from foodlab.bench.machine import tree_cpu_seconds
from foodlab.bench.request import KEY, Request
from foodlab.bench.run import started

CHECKOUT = "order-system-microservices"
# In this order: each receives what the next one sends only after its own start.
SERVICES = ("payment", "inventory", "order")
SERVERS = ("postgres", "rabbitmq")
CLIENTS = 16
# Orders that are lost never end.
LONGEST_PAUSE = 30.0
LOOK = 0.05
SKU = "pizza"
ENOUGH = 1_000_000_000
# How the keys of orders begin that are not measured.
WARM = "warm"
ENDED = "SELECT count(*) FROM orders WHERE status <> 'PENDING' AND starts_with(idempotency_key, %s) = %s"


@dataclass(frozen=True)
class Found:
    """Whole orders of the peer: how many ended, in how many seconds, and CPU milliseconds of an order by part."""

    orders: int
    ended: int
    seconds: float
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Whole orders a second."""
        return self.ended / self.seconds

    @property
    def cpu_of_an_order(self) -> float:
        """Milliseconds of CPU in all processes."""
        return sum(self.cpu.values())


class Peer:
    """The peer's three services on servers of this run."""

    def __init__(self, checkout: Path, processes: Processes, folder: Path, endpoints: Endpoints) -> None:
        """Use the services below `checkout`, and `folder` for their packages."""
        self._services = {name: checkout / CHECKOUT / f"{name}_service" for name in SERVICES}
        for path in self._services.values():
            if not (path / "app/main.py").is_file():
                raise MeasurementError(f"{path} has no app/main.py: --peer takes a checkout of order-system-project")
        self._processes = processes
        self._packages = folder / "packages"
        self._endpoints = endpoints
        self.ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))

    def steps(self) -> list[Step]:
        """Return the steps that install the packages, and create the databases and start the services."""
        databases = Step("databases", self._create, lambda: None, after=("postgres",))
        steps = [Step("packages", self._install, lambda: None, seconds=300), databases]
        for before, name in pairwise(("rabbitmq", *SERVICES)):
            ready = partial(probes.http_ready, f"http://127.0.0.1:{self.ports[name]}/health")
            after = ("packages", "databases", "rabbitmq", before)
            steps.append(self._processes.step(self._program(name), ready, after=after, seconds=60))
        return steps

    def undo(self) -> None:
        """Do nothing: everything of the peer is in processes, and in a folder of this run."""

    def measure(self, orders: int) -> Found:
        """Send orders as fast as they are accepted, until the last has ended."""
        self._warm_up()
        body = {"item_sku": SKU, "quantity": 1, "amount": 20.0, "idempotency_key": KEY.decode()}
        request = Request(self.ports["order"], "/api/v1/orders", "POST", body=json.dumps(body))
        cpu, began = self._cpu(), time.monotonic()
        generate("whole orders of the peer", Load((request,), CLIENTS, LONGEST_PAUSE * 10, most=orders - CLIENTS))
        ended, at = 0, began
        while ended < orders and time.monotonic() - at < LONGEST_PAUSE:
            if (now := self._ended()) > ended:
                ended, at = now, time.monotonic()
            time.sleep(LOOK)
        if not ended:
            raise MeasurementError("no order of the peer ended")
        after = self._cpu()
        return Found(orders, ended, at - began, {name: 1000 * (after[name] - cpu[name]) / orders for name in after})

    def _warm_up(self) -> None:
        """Store the goods, and send orders until one ends: the services answer before they receive events."""
        with httpx2.Client(timeout=10) as client:
            goods = {"item_sku": SKU, "quantity": ENOUGH}
            url = f"http://127.0.0.1:{self.ports['inventory']}/api/v1/stock/items"
            client.post(url, json=goods).raise_for_status()
            ends = time.monotonic() + LONGEST_PAUSE
            while not self._ended(warm=True):
                if time.monotonic() > ends:
                    raise MeasurementError("no first order of the peer ended")
                key = f"{WARM} {time.monotonic()}"
                body = {"item_sku": SKU, "quantity": 1, "amount": 20.0, "idempotency_key": key}
                url = f"http://127.0.0.1:{self.ports['order']}/api/v1/orders"
                client.post(url, json=body).raise_for_status()
                time.sleep(LOOK)

    def _ended(self, *, warm: bool = False) -> int:
        with psycopg.connect(self._database("order")) as connection:
            row = connection.execute(ENDED, [WARM, warm]).fetchone()
        return int(row[0]) if row else 0

    def _cpu(self) -> dict[str, float]:
        """Return the CPU seconds of each part."""
        return {name: tree_cpu_seconds(self._processes.check(name).pid) for name in (*SERVICES, *SERVERS)}

    def _create(self, _: Say) -> None:
        with psycopg.connect(self._endpoints.postgres_url, autocommit=True) as connection:
            for name in SERVICES:
                connection.execute(f"CREATE DATABASE peer_{name}")

    def _install(self, say: Say) -> None:
        say("installing the packages of the peer")
        uv = shutil.which("uv")
        if uv is None:
            raise MeasurementError("uv is not in PATH: it installs the packages of the peer")
        requirements = [part for path in self._services.values() for part in ("-r", str(path / "requirements.txt"))]
        python = str(self._packages / "bin/python")
        installing = [uv, "pip", "install", "--quiet", "--python", python, *requirements]
        for command in ([uv, "venv", "--quiet", str(self._packages)], installing):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise MeasurementError(f"the packages of the peer: {done.stderr.strip()[-300:]}")

    def _program(self, name: str) -> Program:
        port = self.ports[name]
        script = (str(self._packages / "bin/python"), "-P", peer_service.__file__)
        # Since version 2.1 SQLAlchemy takes another driver than the one that the peer installs.
        url = self._database(name).replace("postgresql:", "postgresql+psycopg2:", 1)
        argv = (*script, str(port), self._endpoints.rabbitmq_url)
        return Program(name, argv, cwd=self._services[name], env={"DATABASE_URL": url}, port=port)

    def _database(self, name: str) -> str:
        return self._endpoints.postgres_url.rpartition("/")[0] + f"/peer_{name}"


def measure(checkout: Path, orders: int, console: Console) -> Found:
    """Start the peer of a checkout on separate servers, measure, and stop it."""
    with started(console, partial(Peer, checkout)) as (peer, _):
        return peer.measure(orders)
