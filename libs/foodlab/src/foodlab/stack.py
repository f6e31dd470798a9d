"""The whole system as containers with Compose: services, servers and monitoring."""

import subprocess
from pathlib import Path

from typing_extensions import override

from devservers.compose import Compose
from devservers.infra import SERVERS
from foodctl.catalog import SERVICES, WATCHERS, service_named
from foodctl.credentials import Credentials
from foodctl.errors import FoodctlError
from foodctl.settings import PROJECT

_EVERY_PROFILE = "dev,logs"
_GATEWAY = service_named("gateway").name


class Stack(Compose):
    """The containers of deploy/compose/compose.yaml in COMPOSE_PROFILES, by default `dev`."""

    name = "containers"
    file = PROJECT / "deploy" / "compose" / "compose.yaml"
    starting = "building images and starting"
    seconds = 1800.0
    options = ("--build",)

    def __init__(self, command: tuple[str, ...], credentials: Credentials, ports: dict[str, int], log: Path) -> None:
        """Use a Compose command, with its output in a log."""
        super().__init__(command, credentials, ports, log)
        passwords = {f"{one.package.upper()}_PASSWORD": credentials.role(one.package) for one in SERVICES}
        self._environment |= passwords | {
            "ENVIRONMENT": "dev",
            "SANDBOX": "true",
            "GATEWAY_PORT": str(ports["gateway"]),
            "GRAFANA_PASSWORD": credentials.roles,
            **{f"{name.upper()}_PORT": str(ports[name]) for name in WATCHERS},
        }
        if "dev" in self._environment.setdefault("COMPOSE_PROFILES", "dev").split(","):
            for name in ("jaeger", "grafana"):
                self._environment.setdefault(f"{name.upper()}_URL", f"http://localhost:{ports[name]}")

    @override
    def status(self) -> dict[str, str]:
        """Return the state of every server, service and other container."""
        lines = self._call("ps", "--format", "{{.Service}} {{.State}} {{.Health}}").splitlines()
        found = {name: _state(*health) for name, _, *health in (line.split() for line in lines)}
        missing = {service.name: "not running" for service in SERVICES}
        return super().status() | missing | {name: state for name, state in found.items() if name not in SERVERS}

    def logs(self, name: str | None, *, lines: int, follow: bool) -> None:
        """Print the last lines of the logs of one service or all of them, and follow them if wanted."""
        names = [name] if name else [service.name for service in SERVICES]
        options = ["logs", "--tail", str(lines), *(["--follow"] if follow else [])]
        if subprocess.run([*self._command, *options, *names], env=self._seeing_all(), check=False).returncode:
            raise FoodctlError(f"there are no logs of {', '.join(names)}")

    @property
    @override
    def _published(self) -> list[tuple[str, int]]:
        return [(_GATEWAY, self._ports["gateway"]), *super()._published]

    @override
    def _seeing_all(self) -> dict[str, str]:
        return self._environment | {"COMPOSE_PROFILES": _EVERY_PROFILE}


def _state(health: str = "healthy") -> str:
    """Return the state of a container for `status`; without a health check it is ready when it runs."""
    return "ready" if health == "healthy" else health
