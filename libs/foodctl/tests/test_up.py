import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from foodctl.catalog import Service
from foodctl.down import clean, down
from foodctl.errors import FoodctlError, StartError, StoppedError
from foodctl.ports import free_ports
from foodctl.processes import Processes
from foodctl.servers import Infra
from foodctl.state import State
from foodctl.steps import Silence, Step, run
from foodctl.system import System
from foodctl.up import Wishes, up

TINY = Service("tiny-app", 0, has_database=False)
DYING = Service("dying-app", 0, has_database=False)
NEVER_READY = Service("never-ready-app", 0, has_database=False)


def wishes(*parts: Service, infra: Infra = Infra.EXTERNAL) -> Wishes:
    names = [part.short for part in parts] + ["postgres", "redis", "traces"]
    # RabbitMQ takes three ports in a row.
    rabbitmq = next(port for port in free_ports(50) if port not in range(31_990, 32_000))
    ports = dict(zip(names, free_ports(len(names)), strict=True)) | {"rabbitmq": rabbitmq}
    return Wishes(infra, ports, parts=parts)


def nothing(_system: System, _console: Console) -> None:
    """Do nothing more."""


def ours(state: State) -> list[psutil.Process]:
    """Find every process that was started for this state folder, recorded or not."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        text = f"{process.info['cmdline']} {process.info['environ']}"
        if str(state.folder) in text and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, state: State) -> Console:
    # Every process that is started inherits this, so `ours` finds it.
    monkeypatch.setenv("FOODAPP_STATE", str(state.folder))
    return Console(file=StringIO(), width=200)


def text(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.usefixtures("no_urls", "apps")
def test_everything_starts_stays_and_stops_on_private_servers(state: State, printed: Console) -> None:
    wanted = wishes(TINY, infra=Infra.NATIVE)

    up(state, wanted, printed, nothing)
    assert "tiny-app: ready" in text(printed)
    assert {"postgres", "redis-server", "beam.smp", "epmd"} <= {process.name() for process in psutil.process_iter()}
    before = records(state)

    up(state, wanted, printed, nothing)
    assert text(printed).count("already running") == 5
    assert records(state) == before

    processes = Processes(state.run, state.logs)
    processes.stop("tiny-app")
    down(state, printed)
    assert records(state) == {}
    clean(state, printed)
    assert not state.folder.exists()


@pytest.mark.usefixtures("external_urls", "apps")
def test_a_service_that_dies_leaves_no_process(state: State, printed: Console) -> None:
    with pytest.raises(StartError, match=r"(?s)dying-app ended with exit code.*the dying app has died"):
        up(state, wishes(TINY, DYING), printed, nothing)

    assert ours(state) == []


@pytest.mark.usefixtures("external_urls", "apps")
def test_what_ran_before_outlives_a_failure(state: State, printed: Console) -> None:
    first = wishes(TINY)
    up(state, first, printed, nothing)

    with pytest.raises(StartError, match="dying-app"):
        up(state, Wishes(Infra.EXTERNAL, wishes(DYING).ports | first.ports, parts=(TINY, DYING)), printed, nothing)

    assert records(state).keys() == {"tiny-app", "traces"}
    assert {process.pid for process in ours(state)} == set(records(state).values())
    Processes(state.run, state.logs).stop("tiny-app", "traces")


@pytest.mark.usefixtures("external_urls", "apps")
def test_a_failure_after_the_start_leaves_no_process(state: State, printed: Console) -> None:
    def fail(_system: System, _console: Console) -> None:
        raise FoodctlError("the demo order was refused")

    with pytest.raises(FoodctlError, match="refused"):
        up(state, wishes(TINY), printed, fail)

    assert ours(state) == []


@pytest.mark.usefixtures("external_urls", "apps")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_start_leaves_no_process(state: State, printed: Console, number: signal.Signals) -> None:
    program = (
        "import test_up\n"
        "from foodctl.state import State\n"
        "from foodctl.settings import Settings\n"
        "from rich.console import Console\n"
        "test_up.up(State(Settings().state), test_up.wishes(test_up.NEVER_READY), Console(), test_up.nothing)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parent, stderr=subprocess.PIPE) as cli:

        def missing() -> str | None:
            return None if "never-ready-app" in records(state) else "the service is not started yet"

        run([Step("started", lambda _: None, missing)], Silence())
        cli.send_signal(number)
        _, error = cli.communicate()

    assert StoppedError.__name__.encode() in error
    assert ours(state) == []


def test_two_commands_do_not_work_at_once(state: State, printed: Console) -> None:
    with state.lock(), pytest.raises(FoodctlError, match="another foodctl is at work here"):
        down(state, printed)


def test_stopping_nothing_is_harmless(state: State, printed: Console) -> None:
    down(state, printed)
    clean(state, printed)
    clean(state, printed)

    assert "nothing ran here" in text(printed)
    assert not state.folder.exists()


def records(state: State) -> dict[str, int]:
    processes = Processes(state.run, state.logs)
    return {name: record.pid for name in processes.records.names() if (record := processes.running(name))}
