"""Chooses how to run the servers, and whether the services are containers too."""

from devservers.compose import Compose, compose_command, engine_answers
from devservers.errors import UsageError
from devservers.external import External, external_endpoints
from devservers.infra import MANAGEMENT, Infra
from devservers.interface import Servers
from devservers.native import Native
from devservers.private import RabbitPorts
from devservers.processes import Processes
from devservers.state import State
from foodctl.credentials import Credentials
from foodctl.settings import Settings
from foodlab.stack import Stack

_NO_ENGINE = "no container engine with Compose responds; --infra native works without one"
_ENGINE_GONE = (
    "the system of this folder was started in containers, and no container engine with Compose answers now: "
    "start the engine, or drop the system and its data with `just clean`"
)


def choose(
    wanted: Infra, before: Infra | None, state: State, processes: Processes, ports: dict[str, int]
) -> tuple[Servers, str]:
    """Choose the servers and print the reason; the previous choice is kept if possible."""
    settings = Settings()
    if wanted is Infra.AUTO:
        wanted, why = _by_itself(settings, before)
    else:
        why = "as requested"
    return _open(wanted, state, processes, ports, _NO_ENGINE), f"servers: {wanted} ({why})"


def reopen(infra: Infra, state: State, processes: Processes, ports: dict[str, int]) -> Servers:
    """Return the servers of a system that was started earlier."""
    return _open(infra, state, processes, ports, _ENGINE_GONE)


def _open(infra: Infra, state: State, processes: Processes, ports: dict[str, int], no_engine: str) -> Servers:
    if infra is Infra.EXTERNAL:
        endpoints = external_endpoints(Settings())
        if endpoints is None:
            raise UsageError("external servers need FOODAPP_POSTGRES_URL, FOODAPP_REDIS_URL and FOODAPP_RABBITMQ_URL")
        return External(endpoints)
    credentials = Credentials.of(state)
    if infra in {Infra.COMPOSE, Infra.CONTAINERS}:
        command = compose_command()
        if command is None or not engine_answers():
            raise UsageError(no_engine)
        kind = Stack if infra is Infra.CONTAINERS else Compose
        return kind(command, credentials, ports, state.logs / "compose.log")
    amqp = ports["rabbitmq"]
    return Native(
        state.folder / "native" / credentials.id,
        processes,
        credentials,
        RabbitPorts(amqp=amqp, mapper=amqp + 1, distribution=amqp + 2, management=amqp + MANAGEMENT),
        postgres=ports["postgres"],
        redis=ports["redis"],
    )


def _by_itself(settings: Settings, before: Infra | None) -> tuple[Infra, str]:
    if external_endpoints(settings) is not None:
        return Infra.EXTERNAL, "their URLs are in the environment"
    if before is Infra.NATIVE:
        return Infra.NATIVE, "as before"
    if not engine_answers():
        return Infra.NATIVE, "no container engine answers: private processes of this machine"
    if compose_command() is None:
        return Infra.NATIVE, "the container engine has no Compose: private processes of this machine"
    if before is Infra.CONTAINERS:
        return Infra.CONTAINERS, "as before"
    return Infra.COMPOSE, "as before" if before is Infra.COMPOSE else "a container engine answers"
