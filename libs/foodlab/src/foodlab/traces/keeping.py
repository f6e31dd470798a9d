"""The receiver of traces as a process of this machine, and what tells a service to send there."""

import sys

from devservers import probes
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.steps import Say, Step
from foodctl.settings import PROJECT
from foodctl.system import System
from foodctl.traces.places import NAME, receiver_url

# A person who has just sent an order wants to see it now.
_EXPORT_EVERY = "500"


def environment(system: System) -> dict[str, str]:
    """Return what tells a service where its spans go."""
    url = receiver_url(system)
    return {} if url is None else {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": _EXPORT_EVERY}


def steps(system: System, processes: Processes) -> list[Step]:
    """Return the step that starts the receiver, if there is to be one."""
    url = receiver_url(system)
    if url is None:
        return []
    port = system.ports[NAME]
    program = Program(NAME, (sys.executable, "-m", "foodlab.traces.receiver", str(port)), cwd=PROJECT, port=port)

    def launch(say: Say) -> None:
        say(processes.start(program))

    def missing() -> str | None:
        processes.check(NAME)
        return probes.http_ready(f"{url}/health/ready")

    return [Step(NAME, launch, missing)]
