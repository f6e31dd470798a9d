import socket
import sys
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from devservers.errors import UsageError
from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.ports import free_ports
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.state import State
from devservers.testing.killing import killed
from foodctl.catalog import DEFAULT_PORTS, SERVICES, service_named
from foodctl.credentials import Credentials
from foodctl.instances import instances, parse_instances, with_instances
from foodctl.settings import PROJECT
from foodctl.system import System
from foodlab.restarting import restart
from foodlab.supervisor import Supervisor, histories

SLEEPER = Program("sleeper", (sys.executable, "-c", "import time; time.sleep(600)"), PROJECT)
ORDER = service_named("order")


@pytest.fixture
def sleeper(processes: Processes) -> Processes:
    processes.start(SLEEPER)
    return processes


def test_a_stopped_process_is_not_restarted(state: State, sleeper: Processes) -> None:
    sleeper.stop("sleeper")
    supervisor = Supervisor(state)

    supervisor.look(1000.0)

    assert sleeper.running("sleeper") is None


def test_repeated_restarts_have_growing_pauses(state: State, sleeper: Processes) -> None:
    supervisor, now, pauses = Supervisor(state), 1000.0, []
    for _ in range(8):
        killed(sleeper, "sleeper")
        began = now
        supervisor.look(now)
        while sleeper.running("sleeper") is None:
            now += 0.5
            supervisor.look(now)
        pauses.append(now - began)

    assert pauses == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0]


def test_a_used_port_is_reported_until_it_is_free(state: State, sleeper: Processes) -> None:
    [port] = free_ports(1)
    sleeper.start(replace(SLEEPER, port=port, env={"PORT": str(port)}))
    supervisor = Supervisor(state)
    killed(sleeper, "sleeper")
    with socket.create_server(("127.0.0.1", port)):
        supervisor.look(1000.0)
        assert f"port {port}" in histories(state)["sleeper"].problem

    supervisor.look(1001.0)
    assert sleeper.running("sleeper")
    assert histories(state)["sleeper"].problem == ""


def test_a_process_started_by_another_command_has_no_problem(state: State, sleeper: Processes) -> None:
    supervisor = Supervisor(state)
    for now in (1000.0, 1001.0):
        killed(sleeper, "sleeper")
        supervisor.look(now)
    assert "starts again in 0.5 s" in histories(state)["sleeper"].problem

    sleeper.restart("sleeper")
    supervisor.look(1001.1)

    assert histories(state)["sleeper"].problem == ""


def test_only_processes_started_here_are_restarted(state: State) -> None:
    urls = Endpoints("postgresql://localhost/postgres", "redis://localhost", "amqp://localhost")
    System(Infra.EXTERNAL, dict(DEFAULT_PORTS), urls, Credentials.of(state)).save(state)
    printed = Console(file=StringIO())

    with pytest.raises(UsageError, match="there is no part coffee; there are"):
        restart(state, ["coffee"], printed)
    with pytest.raises(UsageError, match="order-service was not started here"):
        restart(state, ["order"], printed)
    with pytest.raises(UsageError, match="postgres was not started here"):
        restart(state, ["postgres"], printed)


def test_a_restart_starts_the_same_program(sleeper: Processes) -> None:
    before = sleeper.running("sleeper")

    sleeper.restart("sleeper")

    after = sleeper.running("sleeper")
    assert before is not None
    assert after is not None
    assert not before.alive
    assert before.fingerprint == after.fingerprint


def test_instances_are_counted_by_their_ports() -> None:
    ports = with_instances(dict(DEFAULT_PORTS), parse_instances(["2", "order=3"]))

    assert [one.name for one in instances(ports, ORDER)] == ["order-service", "order-service-2", "order-service-3"]
    assert [ports[one.key] for one in instances(ports, ORDER)] == [8003, 8103, 8203]
    assert [len(instances(ports, one)) for one in SERVICES] == [1, 2, 2, 3, 2, 2, 2]
    assert len(instances(with_instances(ports, {"order": 1}), ORDER)) == 1


@pytest.mark.parametrize("choice", ["", "0", "order", "order=", "order=0", "order=10", "gateway=2", "coffee=2", "two"])
def test_invalid_instances_are_refused(choice: str) -> None:
    with pytest.raises(UsageError, match=r"give N or NAME=N"):
        parse_instances([choice])
