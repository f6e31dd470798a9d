"""Show what runs here."""

from rich.console import Console
from rich.table import Table

from foodctl import probes
from foodctl.catalog import SERVICES
from foodctl.processes import Processes
from foodctl.servers import reopen
from foodctl.state import State
from foodctl.system import System


def show(state: State, console: Console) -> bool:
    """Print one line for each part, and tell whether all of them are ready."""
    system = System.load(state)
    processes = Processes(state.run, state.logs)
    servers = reopen(system.infra, state, processes, system.ports)
    table = Table("part", "port", "process", "state", box=None, pad_edge=False)
    healthy = True
    answers = servers.status()
    answers |= {service.name: _service(system, processes, service.name) for service in SERVICES}
    for name, answer in answers.items():
        record = processes.running(name)
        port = system.ports[name.removesuffix("-service").removeprefix("api-")]
        good = answer == "ready"
        healthy = healthy and good
        table.add_row(name, str(port), f"pid {record.pid}" if record else "", answer, style=None if good else "red")
    console.print(f"servers: {system.infra} · gateway: {system.gateway_url}", highlight=False)
    console.print(table, highlight=False)
    return healthy


def _service(system: System, processes: Processes, name: str) -> str:
    service = next(one for one in SERVICES if one.name == name)
    if processes.running(name) is None:
        return "not running"
    return probes.http_ready(f"{system.url(service)}/health/ready") or "ready"
