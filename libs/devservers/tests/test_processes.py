import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from devservers.errors import DevserversError, PortTakenError, StartError
from devservers.ports import free_ports, is_free
from devservers.processes import Processes
from devservers.records import identity
from devservers.spawning import Program
from devservers.steps import Silence, run
from devservers.testing.killing import killed

HERE = Path(__file__).parent
SLEEPER = Program("sleeper", (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"), HERE)
STUBBORN = Program(
    "stubborn",
    (
        sys.executable,
        "-c",
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)",
    ),
    HERE,
)
# Like a server with code reloading: a child listens, and the started process only waits for it.
_LISTEN = (
    "import socket, time; s = socket.create_server(('127.0.0.1', {port}))\nprint('up', flush=True); time.sleep(600)"
)
_WATCH = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def reloader() -> Program:
    (port,) = free_ports(1)
    return Program("reloader", (sys.executable, "-c", _WATCH, _LISTEN.format(port=port)), HERE, port=port)


def start(processes: Processes, program: Program) -> None:
    def missing() -> str | None:
        return None if "up" in processes.tail(program.name) else "not up yet"

    run([processes.step(program, missing)], Silence())


def test_a_second_start_keeps_the_process(processes: Processes) -> None:
    first = processes.start(SLEEPER)
    record = processes.running("sleeper")

    assert record is not None
    assert first == f"pid {record.pid}"
    assert processes.start(SLEEPER) == f"already running, pid {record.pid}"


def test_a_changed_program_is_restarted(processes: Processes) -> None:
    processes.start(SLEEPER)
    before = processes.running("sleeper")

    processes.start(replace(SLEEPER, env={"COLOUR": "blue"}))

    after = processes.running("sleeper")
    assert before is not None
    assert after is not None
    assert not before.alive
    assert before.pid != after.pid


def test_a_child_is_reaped_after_another_process_has_replaced_its_record(processes: Processes) -> None:
    """Otherwise its zombie would prevent the start of a server that locks its folder by its pid."""
    processes.start(SLEEPER)
    child = psutil.Process(processes.check("sleeper").pid)
    processes.start(replace(SLEEPER, name="other"))
    processes.records.forget("sleeper")

    child.kill()

    deadline = time.monotonic() + 10
    while child.is_running() and time.monotonic() < deadline:
        processes.running("other")
    assert not child.is_running()


def test_another_instance_stops_recorded_processes(processes: Processes) -> None:
    start(processes, SLEEPER)
    record = processes.running("sleeper")

    stopped = Processes(processes.log("x").parents[1] / "run", processes.log("x").parent).stop("sleeper")

    assert record is not None
    assert stopped == ["sleeper"]
    assert not record.alive
    assert processes.running("sleeper") is None


def test_a_process_that_ignores_the_request_is_killed(processes: Processes) -> None:
    start(processes, STUBBORN)
    record = processes.running("stubborn")

    processes.stop("stubborn", grace=0.2)

    assert record is not None
    assert not record.alive


def test_a_reused_pid_is_not_killed(processes: Processes) -> None:
    start(processes, SLEEPER)
    record = processes.running("sleeper")
    assert record is not None
    processes.stop("sleeper")
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        # The record of an ended process, whose pid now belongs to another one.
        processes.records.save(replace(record, pid=stranger.pid))

        found, stopped, survived = processes.running("sleeper"), processes.stop("sleeper"), stranger.poll() is None
        stranger.kill()

    assert (found, stopped, survived) == (None, [], True)


def test_a_process_that_has_ended_has_no_identity() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()

    assert identity(child.pid) is None


def test_the_log_of_a_process_that_died_is_shown(processes: Processes) -> None:
    dying = Program("dying", (sys.executable, "-c", "print('so long'); raise SystemExit(3)"), HERE)
    with pytest.raises(StartError, match=r"(?s)exit code 3.*so long"):
        run([processes.step(dying, lambda: "it lives")], Silence())


def test_undo_keeps_earlier_processes(processes: Processes) -> None:
    processes.start(SLEEPER)
    later = Processes(processes.log("x").parents[1] / "run", processes.log("x").parent)
    later.start(SLEEPER)
    later.start(STUBBORN)

    later.undo(grace=0.2)

    assert processes.running("sleeper") is not None
    assert processes.running("stubborn") is None


def test_survivors_of_a_killed_process_are_stopped(processes: Processes) -> None:
    program = reloader()
    start(processes, program)
    killed(processes, "reloader")
    assert program.port is not None
    assert not is_free(program.port)

    stopped = processes.stop("reloader")

    assert stopped == ["reloader"]
    assert is_free(program.port)


def test_survivors_of_a_killed_process_do_not_block_its_restart(processes: Processes) -> None:
    start(processes, reloader())
    killed(processes, "reloader")

    processes.restart("reloader")

    assert processes.running("reloader")


def test_a_restart_that_fails_can_be_repeated(processes: Processes) -> None:
    (port,) = free_ports(1)
    processes.start(replace(SLEEPER, port=port))
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortTakenError):
        processes.restart("sleeper")

    processes.restart("sleeper")

    assert processes.running("sleeper")


@pytest.mark.parametrize("mark", ["", "of another"])
def test_the_session_of_another_process_is_not_killed(processes: Processes, mark: str) -> None:
    start(processes, reloader())
    record = processes.records.load("reloader")
    assert record is not None
    killed(processes, "reloader")

    # The same number, without the mark in its environment.
    assert record.program["env"] == {}
    assert record.survivors
    assert replace(record, mark=mark).survivors == []


def test_a_process_without_a_recorded_program_is_not_stopped(processes: Processes) -> None:
    start(processes, SLEEPER)
    record = processes.running("sleeper")
    assert record is not None
    processes.records.save(replace(record, program={}))

    with pytest.raises(DevserversError, match="is not recorded"):
        processes.restart("sleeper")

    assert record.alive


def test_every_port_of_a_program_has_to_be_free(processes: Processes) -> None:
    port, other = free_ports(2)
    with socket.create_server(("127.0.0.1", other)), pytest.raises(PortTakenError, match=str(other)):
        processes.start(replace(SLEEPER, port=port, more_ports=(None, other)))


def test_two_programs_do_not_share_a_port(processes: Processes) -> None:
    (port,) = free_ports(1)
    server = Program("server", (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)), HERE, port=port)

    def missing() -> str | None:
        try:
            processes.start(replace(server, name="rival", argv=SLEEPER.argv))
        except PortTakenError as error:
            return None if "server" in str(error) or "python" in str(error) else str(error)
        processes.stop("rival")
        return "the port is still free"

    run([processes.step(server, missing)], Silence())
