"""Shows the state of the system."""

from rich.console import Console
from rich.table import Table

from devservers import probes
from devservers.infra import SERVERS, Infra
from devservers.processes import Processes
from devservers.state import State
from foodctl.catalog import SERVICES
from foodctl.system import System
from foodctl.traces.places import NAME as TRACES
from foodctl.traces.places import receiver_url
from foodlab import supervisor
from foodlab.choice import reopen
from foodlab.citylife import quiet

_UNWATCHED = "not running: ended processes are not restarted; `just up` starts it again"


def show(state: State, console: Console) -> bool:
    """Print one line for each part, and return whether all of them are ready."""
    system = System.load(state)
    processes = Processes(state.run, state.logs)
    servers = reopen(system.infra, state, processes, system.ports)
    table = Table("part", "port", "process", "state", box=None, pad_edge=False)
    healthy = True
    answers = servers.status()
    if system.infra is not Infra.CONTAINERS:
        answers |= {
            one.name: _process(processes, one.name, f"http://127.0.0.1:{system.ports[one.key]}")
            for service in SERVICES
            for one in system.instances(service)
        }
        answers[supervisor.NAME] = "ready" if processes.running(supervisor.NAME) else _UNWATCHED
    notes = supervisor.histories(state)
    if (url := receiver_url(system)) is not None:
        answers[TRACES] = _process(processes, TRACES, url)
    if processes.records.load(quiet.NAME) is not None:
        answers[quiet.NAME] = "ready" if processes.running(quiet.NAME) else "not running"
    for name, answer in answers.items():
        record = processes.running(name)
        short = name.replace("-service", "").removeprefix("api-")
        # In containers only these have a port on this machine.
        seen = system.infra is not Infra.CONTAINERS or short in {"gateway", *SERVERS}
        port = system.ports.get(short, "") if seen else ""
        good = answer == "ready"
        healthy = healthy and good
        pid, note = f"pid {record.pid}" if record else "", str(notes.get(name, ""))
        table.add_row(name, str(port), pid, "; ".join(filter(None, [answer, note])), style=None if good else "red")
    console.print(f"servers: {system.infra} · gateway: {system.gateway_url}", highlight=False)
    console.print(table, highlight=False)
    return healthy


def _process(processes: Processes, name: str, url: str) -> str:
    """Probe a process that was started here; its port may belong to a process of another checkout."""
    if processes.running(name) is None:
        return "not running"
    return probes.http_ready(f"{url}/health/ready") or "ready"
