"""The three servers as private processes of this machine."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from shutil import rmtree

from devservers import programs
from devservers.credentials import Credentials
from devservers.errors import StartError
from devservers.interface import Endpoints, answers, status
from devservers.private import RabbitPorts, postgres_program, rabbitmq_programs, redis_program
from devservers.processes import Processes
from devservers.programs import Programs, find_programs
from devservers.spawning import Program, unprivileged
from devservers.steps import Say, Step

_ELSEWHERE = Path("/var/lib/foodapp")
_INSTALLING = 300.0


class Native:
    """Real PostgreSQL, Redis and RabbitMQ below one folder.

    Durable servers survive a power failure; others are faster and temporary.
    """

    name = "native"

    def __init__(
        self,
        folder: Path,
        processes: Processes,
        credentials: Credentials,
        ports: RabbitPorts,
        *,
        postgres: int,
        redis: int,
        durable: bool = True,
    ) -> None:
        """Use these ports and this folder, or a system folder if the servers' accounts cannot access this one."""
        self.folder = _reachable(folder, credentials.id)
        self._processes = processes
        self._credentials = credentials
        self._ports = ports
        self._postgres = postgres
        self._redis = redis
        self._durable = durable
        self.endpoints = Endpoints.here(
            credentials, postgres, redis, ports.amqp, management=ports.management, metrics=ports.metrics
        )

    def steps(self) -> list[Step]:
        """Return the steps that find or install the programs and start the servers."""
        makers: dict[str, Callable[[], tuple[Program, ...]]] = {
            "postgres": self._postgres_programs,
            "redis": self._redis_programs,
            "rabbitmq": self._rabbitmq_programs,
        }
        asks = answers(self.endpoints)
        return [
            Step("programs", self._install, lambda: None, seconds=_INSTALLING),
            *(
                Step(name, self._starter(make), self._watch(name, asks[name]), after=("programs",))
                for name, make in makers.items()
            ),
        ]

    def undo(self) -> None:
        """Stop the servers that this run started."""
        self._processes.undo()

    def stop(self) -> list[str]:
        """Stop the servers, the port mapper last."""
        stopped = self._processes.stop("rabbitmq", "postgres", "redis")
        self._processes.stop("epmd")
        return stopped

    def wipe(self) -> None:
        """Drop the data."""
        rmtree(self.folder, ignore_errors=True)

    def status(self) -> dict[str, str]:
        """Probe every server."""
        return status(self.endpoints)

    @cached_property
    def _programs(self) -> Programs:
        found = find_programs()
        if found.missing:
            raise StartError(programs.advice(found.missing))
        return found

    def _install(self, say: Say) -> None:
        missing = find_programs().missing
        if missing and programs.may_install():
            programs.install(missing, say)
        self._programs  # noqa: B018 - looks for the programs now, so that missing ones are reported once
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)

    def _postgres_programs(self) -> tuple[Program, ...]:
        bin_ = _found(self._programs.postgres_bin)
        password = self._credentials.postgres
        folder = self.folder / "postgres"
        return (postgres_program(bin_, folder, password=password, port=self._postgres, durable=self._durable),)

    def _redis_programs(self) -> tuple[Program, ...]:
        binary = _found(self._programs.redis)
        return (
            redis_program(
                binary,
                self.folder / "redis",
                password=self._credentials.redis,
                port=self._redis,
                users=self._credentials.redis_users,
            ),
        )

    def _rabbitmq_programs(self) -> tuple[Program, ...]:
        script, epmd = _found(self._programs.rabbitmq), _found(self._programs.epmd)
        password = self._credentials.rabbitmq
        return rabbitmq_programs(script, epmd, self.folder / "rabbitmq", password=password, ports=self._ports)

    def _starter(self, make: Callable[[], tuple[Program, ...]]) -> Callable[[Say], None]:
        def launch(say: Say) -> None:
            for program in make():
                say(self._processes.start(program))

        return launch

    def _watch(self, name: str, ask: Callable[[], str | None]) -> Callable[[], str | None]:
        def missing() -> str | None:
            self._processes.check(name)
            return ask()

        return missing


def _found(path: Path | None) -> Path:
    if path is None:
        raise StartError("a server program disappeared while it was being started")
    return path


def _reachable(folder: Path, system: str) -> Path:
    """Return the folder if the servers' accounts can access it, which is not the case below a private home."""
    account = unprivileged("postgres")
    above = next(path for path in folder.parents if path.exists())
    return folder if account is None or account.reaches(above) else _ELSEWHERE / system
