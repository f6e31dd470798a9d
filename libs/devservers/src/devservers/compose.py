"""The three servers as containers, with Compose."""

import subprocess
import sys
from pathlib import Path
from shutil import which

from devservers.credentials import Credentials
from devservers.errors import StartError
from devservers.infra import MANAGEMENT, SERVERS
from devservers.interface import Endpoints, answers, nothing_to_do, status
from devservers.ports import require_free
from devservers.settings import inherited_environment
from devservers.steps import Say, Step

_SECONDS = 10


def engine_answers() -> bool:
    """Return whether a container engine responds."""
    return any(_succeeds(engine, "version", "--format", "{{.Server.Version}}") for engine in ("docker", "podman"))


def compose_command() -> tuple[str, ...] | None:
    """Return a working Compose command: the plugin, a program, or the one in our own environment."""
    beside_python = str(Path(sys.executable).parent / "docker-compose")
    for command in (("docker", "compose"), ("docker-compose",), (beside_python,), ("podman", "compose")):
        if _succeeds(*command, "version"):
            return command
    return None


def _succeeds(*command: str) -> bool:
    if which(command[0]) is None:
        return False
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


COMPOSE_FILE = Path(__file__).with_name("servers.yaml")


class Compose:
    """The servers of servers.yaml, in a separate Compose project for each state folder."""

    name = "compose"
    file = COMPOSE_FILE
    starting = "fetching images and starting"
    seconds = 600.0
    options: tuple[str, ...] = ()

    def __init__(self, command: tuple[str, ...], credentials: Credentials, ports: dict[str, int], log: Path) -> None:
        """Use a Compose command, with its output in a log."""
        self._command = (*command, "--file", str(self.file), "--project-name", f"foodapp-{credentials.id}")
        self._ports = ports
        self._management = ports["rabbitmq"] + MANAGEMENT
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._ran_before = False
        self._environment = inherited_environment() | {
            "POSTGRES_PASSWORD": credentials.postgres,
            "POSTGRES_PORT": str(ports["postgres"]),
            "REDIS_PASSWORD": credentials.redis,
            "REDIS_PORT": str(ports["redis"]),
            "REDIS_USERS": "\n".join(f"user {line}" for line in credentials.redis_users),
            "RABBITMQ_PASSWORD": credentials.rabbitmq,
            "RABBITMQ_PORT": str(ports["rabbitmq"]),
            "RABBITMQ_MANAGEMENT_PORT": str(self._management),
        }
        self.endpoints = Endpoints.here(
            credentials, ports["postgres"], ports["redis"], ports["rabbitmq"], management=self._management
        )

    def steps(self) -> list[Step]:
        """Return the steps that start the containers, then probe each server."""
        containers = Step("containers", self._launch, self._missing, seconds=self.seconds)
        return [
            containers,
            *(Step(name, nothing_to_do, ask, after=("containers",)) for name, ask in answers(self.endpoints).items()),
        ]

    def undo(self) -> None:
        """Stop the containers, unless some of them ran before this start."""
        if self._child is not None:
            self._child.terminate()
            self._child.wait()
            if not self._ran_before:
                self.stop()

    def stop(self) -> list[str]:
        """Stop the containers and keep their volumes."""
        running = self._running()
        self._call("stop")
        return running

    def wipe(self) -> None:
        """Remove the containers with their volumes."""
        self._call("down", "--volumes")

    def status(self) -> dict[str, str]:
        """Probe every server."""
        return status(self.endpoints)

    def _launch(self, say: Say) -> None:
        """Let Compose start missing and changed containers; others are left unchanged."""
        running = self._running()
        self._ran_before = bool(running)
        for name, port in self._published:
            if name not in running:
                require_free(port, name)
        say(self.starting)
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                [*self._command, "up", "--detach", "--wait", *self.options],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def _published(self) -> list[tuple[str, int]]:
        """Return the published ports, each with the name of its service."""
        return [*((name, self._ports[name]) for name in SERVERS), ("rabbitmq", self._management)]

    def _missing(self) -> str | None:
        if self._child is None or self._child.poll() == 0:
            return None
        if self._child.poll() is None:
            return "the containers are not healthy yet"
        last = self._log.read_text(errors="replace").strip().splitlines()[-3:]
        raise StartError(f"the containers did not start ({' / '.join(last)}); --infra native works without them")

    def _running(self) -> list[str]:
        return self._call("ps", "--services", "--status", "running").split()

    def _call(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments], env=self._seeing_all(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise StartError(f"compose {arguments[0]} failed: {' / '.join(done.stderr.strip().splitlines()[-3:])}")
        return done.stdout

    def _seeing_all(self) -> dict[str, str]:
        """Return the environment with all profiles, for calls that concern all started containers."""
        return self._environment
