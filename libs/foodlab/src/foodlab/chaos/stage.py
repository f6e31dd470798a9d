"""The system of a chaos run: two instances of each service, and proxies where the plan needs them."""

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psutil
from rich.console import Console

from devservers.infra import MANAGEMENT, SERVERS, Infra
from devservers.interface import answers
from devservers.native import Native
from devservers.ports import free_ports
from devservers.processes import Processes
from devservers.records import members
from devservers.settings import inherited_environment
from devservers.spawning import Program
from devservers.state import State
from devservers.steps import Silence, run
from foodctl.catalog import SERVICES
from foodctl.credentials import Credentials
from foodctl.errors import FoodctlError
from foodctl.instances import Instance
from foodctl.system import System
from foodctl.verify import Places
from foodlab import services, supervisor
from foodlab.chaos.proxy import Proxy
from foodlab.choice import reopen
from foodlab.databases import Migration
from foodlab.down import clean

CLOCK = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
# The size of the disk of the servers when it can be filled.
_DISK_MIB = 1024
_REAP = 0.2
_BEHIND = [one for one in SERVICES if one.has_database]
# It has a port, but does not run: no order needs it.
_CONSOLE = "console"
_GATEWAY = next(one for one in SERVICES if one.short == "gateway")
INSTANCES = [Instance(_GATEWAY), *(Instance(service, number) for service in _BEHIND for number in (1, 2))]
LINKS = [
    *(f"{_GATEWAY.name}>{one.name}" for one in INSTANCES[1:]),
    f"{_GATEWAY.name}>redis",
    *(f"{service.name}>{server}" for service in _BEHIND for server in SERVERS),
]
_URLS = {"postgres": "DATABASE_URL", "rabbitmq": "RABBITMQ_URL", "redis": "REDIS_URL"}
# Many users sign up at once, and stay for the whole run.
_SETTINGS = {
    **{f"{whose}_{what}": "100000" for whose in ("IDENTITY", "ADDRESS") for what in ("RATE", "BURST")},
    "PASSWORD_MEMORY_KIB": "1024",
    "ACCESS_TOKEN_SECONDS": "86400",
    "LOG_FORMAT": "json",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "",
}


class Stage:
    """Starts and stops the system, and gives faults access to its parts."""

    def __init__(
        self,
        folder: Path,
        *,
        links: Collection[str] = (),
        clocks: Collection[str] = (),
        small_disk: bool = False,
        instances: int = 2,
        settings: Mapping[str, str] = {},
    ) -> None:
        """Put proxies in these links and separate clocks in these processes; remove data of an earlier run."""
        self.instances = [one for one in INSTANCES if one.number <= instances]
        self.state = State(folder)
        clean(self.state, Console(file=io.StringIO()))
        _unmount(folder)
        self.state.prepare()
        self.processes = Processes(self.state.run, self.state.logs)
        names = [*(one.key for one in self.instances), _CONSOLE, *SERVERS]
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        while not set(range(1, MANAGEMENT + 1)).isdisjoint(port - ports["rabbitmq"] for port in ports.values()):
            [ports["rabbitmq"]] = free_ports(1)
        native = reopen(Infra.NATIVE, self.state, self.processes, ports)
        assert isinstance(native, Native)
        self._native = native
        self._restarting = asyncio.Lock()
        self._small_disk = small_disk
        self._settings = {**_SETTINGS, **settings}
        self._clocks = {name: folder / f"{name}.clock" for name in clocks}
        self.system = System(Infra.NATIVE, ports, native.endpoints, Credentials.of(self.state))
        keys = {one.name: one.key for one in self.instances} | {name: name for name in SERVERS}
        self.proxies = {link: Proxy(ports[keys[link.partition(">")[2]]]) for link in links}

    @property
    def disk(self) -> Path:
        """Return the folder of the servers' data."""
        return self._native.folder

    @property
    def places(self) -> Places:
        """Return the databases and the broker."""
        return Places(self.system.database_urls, self.system.endpoints.rabbitmq_url)

    async def start(self) -> None:
        """Start the proxies, the servers, the services, and a supervisor over them."""
        self.system.save(self.state)
        for proxy in self.proxies.values():
            await proxy.start()
        for name in self._clocks:
            self.set_clock(name, 0)
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        if self._small_disk:
            self.disk.mkdir(parents=True, exist_ok=True)
            options = f"size={_DISK_MIB}m,mode=755"
            subprocess.run(["/usr/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.disk)], check=True)
        migration = Migration(self.system, _BEHIND, self.state.logs / "migrations.log")
        steps = [*self._native.steps(), *migration.steps(after="postgres")]
        programs = [self._program(one) for one in self.instances]
        steps += [services.step(one, self.processes, after=("redis", "rabbitmq", "tables")) for one in programs]
        steps.append(supervisor.step(self.state, self.processes, after=tuple(step.name for step in steps)))
        run(steps, Silence())

    async def close(self) -> None:
        """Stop everything and drop the data."""
        for proxy in self.proxies.values():
            await proxy.close()
        # It installs signal handlers, which only the main thread can do.
        clean(self.state, Console(file=io.StringIO()))
        _unmount(self.disk)

    async def restart(self, name: str) -> None:
        """Restart a part like an operator, and wait until it is ready."""
        async with self._restarting:
            await self._restart(name)

    async def _restart(self, name: str) -> None:
        foodctl = Path(sys.executable).with_name("foodctl")
        environment = inherited_environment() | {"FOODAPP_STATE": str(self.state.folder)}
        done = await asyncio.create_subprocess_exec(
            foodctl, "restart", name, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            _, said = await done.communicate()
        finally:
            if done.returncode is None:
                done.terminate()
                await done.wait()
        if done.returncode:
            raise FoodctlError(said.decode().strip())

    async def reap(self) -> None:
        """Reap ended processes: PostgreSQL does not start while a zombie of its predecessor exists."""
        while True:
            for name in self.processes.records.names():
                self.processes.running(name)
            await asyncio.sleep(_REAP)

    def missing(self, server: str) -> str | None:
        """Return why a server does not respond, or None when it does."""
        return answers(self.system.endpoints)[server]()

    def pids(self, name: str) -> list[int]:
        """Return the processes of a part; a server has several."""
        record = self.processes.running(name)
        return members(record.pid) if record else []

    def set_clock(self, name: str, seconds: float) -> None:
        """Shift the clock of a process with a separate clock."""
        self._clocks[name].write_text(f"{seconds:+.0f}")

    def _program(self, instance: Instance) -> Program:
        program = services.program(self.system, instance)
        env = {**program.env, **self._settings, "MAIL_FOLDER": str(self.state.folder / "mail")}
        for server, variable in _URLS.items():
            if proxy := self.proxies.get(f"{instance.service.name}>{server}"):
                env[variable] = env[variable].replace(f":{self.system.ports[server]}/", f":{proxy.port}/")
        if instance.service == _GATEWAY:
            upstreams = {one.short: ",".join(self._addresses(one.name)) for one in _BEHIND}
            unused = f"http://127.0.0.1:{self.system.ports[_CONSOLE]}"
            env["UPSTREAMS"] = json.dumps({_CONSOLE: unused, **upstreams})
        if instance.name in self._clocks:
            env |= {
                "LD_PRELOAD": str(CLOCK),
                "FAKETIME_TIMESTAMP_FILE": str(self._clocks[instance.name]),
                "FAKETIME_CACHE_DURATION": "1",
                "DONT_FAKE_MONOTONIC": "1",
            }
        return replace(program, env=env)

    def _addresses(self, service: str) -> Iterator[str]:
        for one in self.instances:
            if one.service.name == service:
                proxy = self.proxies.get(f"{_GATEWAY.name}>{one.name}")
                yield f"http://127.0.0.1:{proxy.port if proxy else self.system.ports[one.key]}"


def _unmount(folder: Path) -> None:
    """Unmount a small disk at or below a folder, also one of an earlier run."""
    for part in psutil.disk_partitions(all=True):
        if Path(part.mountpoint).is_relative_to(folder):
            subprocess.run(["/usr/bin/umount", part.mountpoint], check=False, capture_output=True)
