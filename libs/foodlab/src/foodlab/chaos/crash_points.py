"""Crash points: kills one service at each of its writes during an order, one after the other, several times."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import aiohttp
from typing_extensions import override

from devservers import probes
from devservers.errors import DevserversError
from foodctl.errors import FoodctlError
from foodlab.chaos.campaign import Campaign
from foodlab.chaos.load import Load
from foodlab.chaos.stage import Stage
from foodlab.chaos.timeline import Band

# The number of writes of each service during one order, including background work.
_MOST = {"order-service": 20, "payment-service": 14, "delivery-service": 14}
POINTS = [(service, point) for service, most in _MOST.items() for point in range(1, most + 1)]
TIMES = 3
NAME = "crash-points"
_WRITES = "write,writev,sendto,sendmsg"
_READY, _END, _LOOK = 120.0, 60.0, 0.05


@dataclass
class CrashPoints(Campaign):
    """One instance of each service, and no other faults; each point is tried several times, with one order each."""

    instances: int = 1

    @override
    async def fire(self, stage: Stage, load: Load) -> None:
        """Kill every service at every point, each time during one order."""
        if which("strace") is None:
            raise FoodctlError("crash points need strace; `apt-get install strace` installs it")
        async with load.clients() as http:
            for service, point in (POINTS * TIMES)[: self.orders]:
                began = self.clock()
                died = await self._crash(stage, load, http, service, point)
                problem = "" if died else "was not reached"
                self.bands.append(Band(service, f"write {point}", round(began, 1), round(self.clock(), 1), problem))
            self.say(f"killed at {len(self.bands)} writes")

    async def _crash(self, stage: Stage, load: Load, http: aiohttp.ClientSession, service: str, point: int) -> bool:
        """Place an order, kill the service when it enters its `point`th write from now, and return whether it did."""
        await _until(lambda: _ready(stage, service), _READY)
        [record] = filter(None, [stage.processes.running(service)])
        tracer = await asyncio.create_subprocess_exec(
            *("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={_WRITES}"),
            *("-e", f"inject={_WRITES}:signal=SIGKILL:when={point}", "-p", str(record.pid)),
        )
        await _until(lambda: _traced(record.pid), _READY)
        placing = asyncio.create_task(load.place(http, len(load.attempts)))
        with suppress(TimeoutError):
            await _until(lambda: not record.alive, _END)
        died = not record.alive
        # SIGTERM would make strace wait for the process that has just died.
        if tracer.returncode is None:
            with suppress(ProcessLookupError):
                tracer.kill()
        await tracer.wait()
        if died:
            await asyncio.to_thread(_restart, stage, service)
        await placing
        return died


async def _until(condition: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - there is no event to await
            await asyncio.sleep(_LOOK)


def _restart(stage: Stage, service: str) -> None:
    """Start it immediately, because the supervisor delays repeated restarts."""
    # Its port may still be closing; then the supervisor starts it shortly afterwards.
    with suppress(DevserversError), stage.state.lock():
        if stage.processes.running(service) is None:
            stage.processes.restart(service)


def _ready(stage: Stage, service: str) -> bool:
    [port] = [stage.system.ports[one.key] for one in stage.instances if one.name == service]
    return probes.http_ready(f"http://127.0.0.1:{port}/health/ready") is None


def _traced(pid: int) -> bool:
    """Return whether a process is traced; one that has already ended was."""
    try:
        return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
