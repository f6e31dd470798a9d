import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from foodctl.accounts import Account
from foodctl.catalog import DEFAULT_PORTS
from foodctl.errors import UsageError
from foodctl.processes import Processes
from foodctl.records import identity
from foodctl.servers import Infra, apt, choose
from foodctl.servers.apt import advice
from foodctl.servers.compose import COMPOSE_FILE
from foodctl.state import State
from foodctl.steps import Silence, Step, run
from foodctl.testing.containers import image


def chosen(state: State, processes: Processes, wanted: Infra = Infra.AUTO, before: Infra | None = None) -> str:
    servers, why = choose(wanted, before, state, processes, DEFAULT_PORTS)
    assert servers.name in why
    return servers.name


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("external_urls", "engine")
def test_urls_in_the_environment_come_first(state: State, processes: Processes) -> None:
    assert chosen(state, processes, before=Infra.NATIVE) == "external"


@pytest.mark.usefixtures("no_urls", "engine")
def test_a_container_engine_comes_second(state: State, processes: Processes) -> None:
    assert chosen(state, processes) == "compose"


@pytest.mark.usefixtures("no_urls", "no_engine")
def test_private_processes_come_last(state: State, processes: Processes) -> None:
    assert chosen(state, processes) == "native"
    assert chosen(state, processes, before=Infra.COMPOSE) == "native"


@pytest.mark.usefixtures("no_urls", "engine")
def test_what_was_used_before_is_kept(state: State, processes: Processes) -> None:
    assert chosen(state, processes, before=Infra.NATIVE) == "native"


@pytest.mark.usefixtures("no_urls", "no_engine")
@pytest.mark.parametrize(("wanted", "reason"), [(Infra.EXTERNAL, "FOODAPP_REDIS_URL"), (Infra.COMPOSE, "no container")])
def test_a_wish_that_cannot_be_met_is_an_error(state: State, processes: Processes, wanted: Infra, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        chosen(state, processes, wanted)


@pytest.mark.usefixtures("no_urls")
def test_a_url_alone_is_an_error(state: State, processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOODAPP_REDIS_URL", "redis://localhost")

    with pytest.raises(UsageError, match="not set: FOODAPP_POSTGRES_URL, FOODAPP_RABBITMQ_URL"):
        chosen(state, processes)


@pytest.fixture
def passable_folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_native_servers_die_with_a_parent_that_is_killed(passable_folder: Path) -> None:
    program = (
        "import tempfile, time\n"
        f"tempfile.tempdir = {str(passable_folder)!r}\n"
        "from foodctl.testing.servers import native_servers\n"
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


def test_missing_servers_are_told_in_one_line() -> None:
    line = advice(["postgres", "rabbitmq"])

    assert "\n" not in line
    for command in ("apt-get install postgresql rabbitmq-server", "dnf install postgresql-server", "brew install"):
        assert command in line


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_packages_may_not_start_their_servers_while_they_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    policy = tmp_path / "policy-rc.d"
    if before:
        policy.write_text(before)
    monkeypatch.setattr(apt, "POLICY", policy)

    with apt.no_service_starts():
        denied = subprocess.run([policy, "postgresql", "start"], check=False).returncode

    assert denied == 101
    assert (policy.read_text() if policy.exists() else None) == before


def test_an_account_does_not_reach_a_private_folder(tmp_path: Path) -> None:
    somebody = Account("somebody", uid=os.getuid() + 12345, gid=12345)
    private = tmp_path / "private" / "inside"
    private.mkdir(parents=True)
    (tmp_path / "private").chmod(0o700)

    assert not somebody.reaches(private)
    assert somebody.reaches(Path("/usr"))


@pytest.mark.parametrize("name", ["postgres", "redis", "rabbitmq"])
def test_tests_use_the_images_of_the_compose_file(name: str) -> None:
    assert f"image: {image(name)}\n" in COMPOSE_FILE.read_text()
