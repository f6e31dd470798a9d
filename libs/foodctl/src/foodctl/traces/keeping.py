"""Where the services send their traces: to whom the environment names, else to a receiver of our own."""

import sys

from foodctl import probes
from foodctl.processes import Processes
from foodctl.servers import Infra
from foodctl.settings import PROJECT, Settings
from foodctl.spawning import Program
from foodctl.steps import Say, Step
from foodctl.system import System

NAME = "traces"
JAEGER = "http://localhost:16686"
# A person who has just sent an order wants to see it now.
_EXPORT_EVERY = "500"


def receiver_url(system: System) -> str | None:
    """Give the URL of our own receiver; None when spans go elsewhere, or nowhere."""
    if Settings().collector is not None or system.infra is Infra.CONTAINERS or NAME not in system.ports:
        return None
    return f"http://127.0.0.1:{system.ports[NAME]}"


def environment(system: System) -> dict[str, str]:
    """Give what tells a service where its spans go."""
    url = receiver_url(system)
    return {} if url is None else {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": _EXPORT_EVERY}


def steps(system: System, processes: Processes) -> list[Step]:
    """Give the step that starts the receiver, if there is to be one."""
    url = receiver_url(system)
    if url is None:
        return []
    port = system.ports[NAME]
    program = Program(NAME, (sys.executable, "-m", "foodctl.traces.receiver", str(port)), cwd=PROJECT, port=port)

    def launch(say: Say) -> None:
        say(processes.start(program))

    def missing() -> str | None:
        processes.check(NAME)
        return probes.http_ready(f"{url}/health/ready")

    return [Step(NAME, launch, missing)]


def where(system: System) -> str:
    """Say where traces are to be seen."""
    settings = Settings()
    if settings.jaeger_url is not None:
        return settings.jaeger_url
    if receiver_url(system) is not None:
        return "uv run foodctl trace ORDER_ID"
    if probes.http_ready(f"{JAEGER}/") is None:
        return JAEGER
    return f"sent to {settings.collector}" if settings.collector else "not kept"
