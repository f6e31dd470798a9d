import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread

import psutil
import pytest
from rich.console import Console

from devservers.errors import DevserversError, StartError, StoppedError, UsageError
from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.ports import free_ports
from devservers.probes import http_ready
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.state import State
from devservers.steps import Silence, Step, run
from devservers.testing.killing import killed, until
from foodctl.catalog import DEFAULT_PORTS, Service
from foodctl.credentials import Credentials
from foodctl.errors import PhaseError
from foodctl.system import System
from foodlab.down import clean, down
from foodlab.status import show
from foodlab.supervisor import NAME, histories
from foodlab.up import Wishes, up
from foodlab.welcome import phase, welcome

TINY = Service("tiny-app", 0)
DYING = Service("dying-app", 0)
NEVER_READY = Service("never-ready-app", 0)


def wishes(*parts: Service, infra: Infra = Infra.EXTERNAL) -> Wishes:
    names = [part.short for part in parts] + ["postgres", "redis", "traces", "order"]
    # RabbitMQ uses three consecutive ports.
    rabbitmq = next(port for port in free_ports(50) if port not in range(31_990, 32_000))
    ports = dict(zip(names, free_ports(len(names)), strict=True)) | {"rabbitmq": rabbitmq}
    return Wishes(infra, ports, parts=parts)


def ours(state: State) -> list[psutil.Process]:
    """Return every process that was started for this state folder, recorded or not."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        text = f"{process.info['cmdline']} {process.info['environ']}"
        if str(state.folder) in text and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, state: State) -> Console:
    # Every started process inherits this, so that `ours` finds it.
    monkeypatch.setenv("FOODAPP_STATE", str(state.folder))
    return Console(file=StringIO(), width=200)


def text(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.usefixtures("no_urls", "apps")
def test_everything_starts_stays_and_stops_on_private_servers(state: State, printed: Console) -> None:
    wanted = wishes(TINY, infra=Infra.NATIVE)

    up(state, wanted, printed)
    assert "tiny-app: ready" in text(printed)
    assert {"postgres", "redis-server", "beam.smp", "epmd"} <= {process.name() for process in psutil.process_iter()}
    before = records(state)

    up(state, wanted, printed)
    assert text(printed).count("already running") == 6
    assert records(state) == before

    processes = Processes(state.run, state.logs)
    processes.stop("tiny-app")
    down(state, printed)
    assert records(state) == {}
    clean(state, printed)
    assert not state.folder.exists()


def test_clean_removes_an_interrupted_chaos_system(state: State, printed: Console) -> None:
    urls = Endpoints("postgresql://localhost/postgres", "redis://localhost", "amqp://localhost")
    within = State(state.folder / "chaos")
    within.prepare()
    System(Infra.NATIVE, dict(DEFAULT_PORTS), urls, Credentials.of(within)).save(within)
    processes = Processes(within.run, within.logs)
    processes.start(Program("sleeper", (sys.executable, "-c", "import time; time.sleep(600)"), state.folder))
    record = processes.running("sleeper")

    clean(state, printed)

    assert record is not None
    assert not record.alive
    assert not state.folder.exists()


@pytest.mark.usefixtures("external_urls", "apps")
def test_a_failed_start_leaves_no_process(state: State, printed: Console) -> None:
    with pytest.raises(StartError, match=r"(?s)dying-app ended with exit code.*the dying app has died"):
        up(state, wishes(TINY, DYING), printed)

    assert ours(state) == []


@pytest.mark.usefixtures("external_urls", "apps")
def test_a_failed_start_keeps_earlier_processes(state: State, printed: Console) -> None:
    first = wishes(TINY)
    up(state, first, printed)

    with pytest.raises(StartError, match="dying-app"):
        up(state, Wishes(Infra.EXTERNAL, wishes(DYING).ports | first.ports, parts=(TINY, DYING)), printed)

    assert records(state).keys() == {"tiny-app", "traces", "supervisor"}
    assert {process.pid for process in ours(state)} == set(records(state).values())
    Processes(state.run, state.logs).stop("supervisor", "tiny-app", "traces")


@pytest.mark.usefixtures("external_urls", "apps")
def test_a_failed_seed_keeps_the_system_and_is_reported(state: State, printed: Console) -> None:
    wanted = wishes(TINY)
    # No gateway was started, so the seed cannot connect.
    wanted.ports["gateway"], *_ = free_ports(1)
    system = up(state, wanted, printed)

    with pytest.raises(
        PhaseError, match=r"stays up, but its seed failed: .*does not respond.*`just up` repeats"
    ) as failed:
        welcome(system, printed)

    assert failed.value.code not in {0, 1, 2, 3, 130}
    assert records(state).keys() == {"tiny-app", "traces", "supervisor"}
    down(state, printed)


def test_a_phase_that_takes_too_long_is_an_error() -> None:
    def wait() -> None:
        raise TimeoutError

    with pytest.raises(PhaseError, match=r"its demo order failed: it took too long\. `just demo` sends another"):
        phase("demo order", wait, "`just demo` sends another one")


@pytest.fixture
def without_its_engine(state: State, printed: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _ = printed
    containers = wishes(infra=Infra.COMPOSE)
    ports = containers.ports | {"gateway": 0, "redis": 1, "rabbitmq": 2}
    endpoints = Endpoints("postgresql://localhost/postgres", "redis://localhost", "amqp://localhost")
    System(Infra.COMPOSE, ports, endpoints, Credentials.of(state)).save(state)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_urls", "without_its_engine")
@pytest.mark.parametrize("infra", [Infra.NATIVE, Infra.AUTO])
def test_a_missing_engine_of_a_container_system_is_an_error(state: State, printed: Console, infra: Infra) -> None:
    with pytest.raises(UsageError, match=r"started in containers, and no container engine .*`just clean`"):
        up(state, wishes(infra=infra), printed)
    with pytest.raises(UsageError, match="started in containers"):
        show(state, printed)


@pytest.mark.usefixtures("no_urls", "without_its_engine")
def test_a_container_system_without_its_engine_can_be_cleaned(state: State, printed: Console) -> None:
    clean(state, printed)

    assert "servers are left unchanged" in text(printed)
    assert not state.folder.exists()


@pytest.mark.usefixtures("external_urls", "apps")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_start_leaves_no_process(state: State, printed: Console, number: signal.Signals) -> None:
    program = (
        "import test_up\n"
        "from devservers.state import State\n"
        "from foodctl.settings import Settings\n"
        "from rich.console import Console\n"
        "test_up.up(State(Settings().state), test_up.wishes(test_up.NEVER_READY), Console())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parent, stderr=subprocess.PIPE) as cli:

        def missing() -> str | None:
            return None if "never-ready-app" in records(state) else "the service is not started yet"

        run([Step("started", lambda _: None, missing)], Silence())
        cli.send_signal(number)
        _, error = cli.communicate()

    assert StoppedError.__name__.encode() in error
    assert ours(state) == []


@pytest.mark.usefixtures("external_urls", "apps")
def test_a_killed_process_is_restarted_and_shown_in_status(state: State, printed: Console) -> None:
    processes = started(state, printed)
    before = killed(processes, "traces")

    until(lambda: (record := processes.running("traces")) is not None and record.pid != before)

    until(lambda: histories(state)["traces"].restarts == 1)
    show(state, printed)
    assert "restarted 1 times, last at" in text(printed)
    down(state, printed)
    assert ours(state) == []


@pytest.mark.usefixtures("external_urls", "apps")
def test_a_killed_supervisor_is_reported_and_restarted(state: State, printed: Console) -> None:
    processes = started(state, printed)
    killed(processes, NAME)

    assert not show(state, printed)
    assert "ended processes are not restarted" in text(printed)
    killed(processes, "tiny-app")
    up(state, Wishes(Infra.EXTERNAL, System.load(state).ports, parts=(TINY,)), printed)
    assert processes.running("tiny-app")
    assert processes.running(NAME)
    down(state, printed)
    assert ours(state) == []


def started(state: State, printed: Console) -> Processes:
    up(state, wishes(TINY), printed)
    return Processes(state.run, state.logs)


def test_commands_exclude_each_other(state: State, printed: Console) -> None:
    with state.lock(), pytest.raises(DevserversError, match="another foodctl is running here"):
        down(state, printed)


@pytest.mark.usefixtures("external_urls", "apps")
def test_a_process_of_another_checkout_is_not_shown_as_ready(state: State, printed: Console) -> None:
    system = up(state, wishes(TINY), printed)
    Processes(state.run, state.logs).stop("traces")
    with answering(system.ports["traces"]), answering(system.ports["order"]):
        healthy = show(state, printed)
    down(state, printed)

    assert not healthy
    lines = [line.split(maxsplit=2) for line in text(printed).splitlines()]
    assert ["traces", str(system.ports["traces"]), "not running"] in lines
    assert ["order-service", str(system.ports["order"]), "not running"] in lines


def test_stopping_without_a_system_succeeds(state: State, printed: Console) -> None:
    down(state, printed)
    clean(state, printed)
    clean(state, printed)

    assert "nothing was running here" in text(printed)
    assert not state.folder.exists()


@contextmanager
def answering(port: int) -> Iterator[None]:
    """Answer every request on a port with 200, like a process of another checkout."""

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", port), Ready) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        assert http_ready(f"http://127.0.0.1:{port}/") is None
        yield
        server.shutdown()
        thread.join()


def records(state: State) -> dict[str, int]:
    processes = Processes(state.run, state.logs)
    return {name: record.pid for name in processes.records.names() if (record := processes.running(name))}
