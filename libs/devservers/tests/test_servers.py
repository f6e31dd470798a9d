import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from devservers import programs
from devservers.compose import COMPOSE_FILE, Compose
from devservers.credentials import Credentials
from devservers.errors import PortTakenError
from devservers.infra import MANAGEMENT
from devservers.ports import free_ports
from devservers.private import RabbitPorts, rabbitmq_programs, redis_program
from devservers.programs import advice
from devservers.records import identity
from devservers.spawning import Account, Program
from devservers.steps import Silence, Step, run
from devservers.testing.containers import image


@pytest.fixture
def passable_folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_native_servers_end_when_their_parent_is_killed(passable_folder: Path) -> None:
    program = (
        "import tempfile, time\n"
        f"tempfile.tempdir = {str(passable_folder)!r}\n"
        "from devservers.testing.servers import native_servers\n"
        "with native_servers():\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        servers = psutil.Process(parent.pid).children(recursive=True)
        names = {server.name() for server in servers}
        parent.send_signal(signal.SIGKILL)

    def missing() -> str | None:
        left = [server for server in servers if identity(server.pid)]
        return f"still there: {left}" if left else None

    assert {"postgres", "redis-server", "beam.smp", "epmd"} <= names
    run([Step("gone", lambda _: None, missing, seconds=20)], Silence())


def test_missing_servers_are_a_one_line_error() -> None:
    line = advice(["postgres", "rabbitmq"])

    assert "\n" not in line
    for command in ("apt-get install postgresql rabbitmq-server", "dnf install postgresql-server", "brew install"):
        assert command in line


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_packages_do_not_start_services_during_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    policy = tmp_path / "policy-rc.d"
    if before:
        policy.write_text(before)
    monkeypatch.setattr(programs, "POLICY", policy)

    with programs.no_service_starts():
        denied = subprocess.run([policy, "postgresql", "start"], check=False).returncode

    assert denied == 101
    assert (policy.read_text() if policy.exists() else None) == before


def test_an_account_cannot_access_a_private_folder(tmp_path: Path) -> None:
    somebody = Account("somebody", uid=os.getuid() + 12345, gid=12345)
    private = tmp_path / "private" / "inside"
    private.mkdir(parents=True)
    (tmp_path / "private").chmod(0o700)

    assert not somebody.reaches(private)
    assert somebody.reaches(Path("/usr"))


def test_a_changed_configuration_changes_the_fingerprint(passable_folder: Path) -> None:
    def node(management: int | None) -> Program:
        ports = RabbitPorts(1, 2, 3, management)
        return rabbitmq_programs(Path("server"), Path("epmd"), passable_folder, password="p", ports=ports)[1]

    def cache(*users: str) -> Program:
        return redis_program(Path("redis"), passable_folder, password="p", port=1, users=users)

    assert node(4).fingerprint == node(4).fingerprint != node(None).fingerprint
    assert cache("one").fingerprint == cache("one").fingerprint != cache("two").fingerprint


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """Return a Compose command that records its arguments and lists the containers in the file `running`."""
    program = tmp_path / "compose"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ncase "$*" in *" ps "*) cat {tmp_path}/running;; esac\n'
    )
    program.chmod(0o755)
    return program


def compose(engine: Path) -> tuple[Compose, dict[str, int]]:
    postgres, redis, rabbitmq = free_ports(3)
    ports = {"postgres": postgres, "redis": redis, "rabbitmq": rabbitmq}
    return Compose((str(engine),), Credentials(), ports, engine.with_name("log")), ports


def test_running_containers_are_updated_and_kept(engine: Path) -> None:
    engine.with_name("running").write_text("postgres\nredis\nrabbitmq\n")
    servers, ports = compose(engine)
    with socket.create_server(("127.0.0.1", ports["postgres"])):
        run(servers.steps()[:1], Silence())

    servers.undo()

    asked = engine.with_name("asked").read_text()
    assert "up --detach --wait" in asked
    assert " stop" not in asked


@pytest.mark.parametrize(("name", "further"), [("postgres", 0), ("rabbitmq", MANAGEMENT)])
def test_containers_need_free_ports(engine: Path, name: str, further: int) -> None:
    engine.with_name("running").write_text("redis\n")
    servers, ports = compose(engine)

    taken = socket.create_server(("127.0.0.1", ports[name] + further))
    with taken, pytest.raises(PortTakenError, match=name):
        run(servers.steps()[:1], Silence())


@pytest.mark.parametrize("name", ["postgres", "redis", "rabbitmq"])
def test_tests_use_the_images_of_the_compose_file(name: str) -> None:
    assert f"image: {image(name)}\n" in COMPOSE_FILE.read_text()
