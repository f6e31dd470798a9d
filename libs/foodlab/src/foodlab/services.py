"""How each service is run as a process of this machine."""

import json
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from devservers import probes
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.steps import Say, Step
from foodctl.catalog import SERVICES, Service
from foodctl.instances import Instance
from foodctl.settings import PROJECT, Settings
from foodctl.system import System
from foodctl.traces.places import jaeger_url
from foodlab.traces import keeping

_SECONDS = 120.0
# The gateway decides whom it believes about addresses, and an open stream must not hold up a stop for ever.
_SERVER = (
    *("--no-access-log", "--no-server-header", "--no-date-header", "--no-proxy-headers"),
    *("--timeout-graceful-shutdown", "10"),
)
# Strangers connect to the gateway alone: its own protocol bounds what a connection may hold, and for how long.
_GATEWAY = ("--http", "api_gateway.server:HttpProtocol")
_LIBRARIES = ("foodchassis", "foodevents")


def program(system: System, instance: Instance, *, reload: bool = False) -> Program:
    """Describe one process of a service."""
    service, port = instance.service, system.ports[instance.key]
    argv = [sys.executable, "-m", "uvicorn", "--factory", f"{service.package}.main:create_app"]
    argv += ["--host", "127.0.0.1", "--port", str(port), *_SERVER]
    if service.short == "gateway":
        argv += _GATEWAY
    if reload:
        argv += ["--reload"]
        for package in (service.package, *_LIBRARIES):
            argv += ["--reload-dir", str(_source(package))]
    return Program(instance.name, tuple(argv), cwd=PROJECT, env=environment(system, service), port=port)


def environment(system: System, service: Service) -> dict[str, str]:
    """Return a service's settings."""
    user = next(one for one in SERVICES if one.short == "user")
    settings = {
        "ENVIRONMENT": "dev",
        "REDIS_URL": system.redis_url(service),
        "AUTH_ISSUER": system.gateway_url,
        "AUTH_JWKS_URL": f"{system.url(user)}/.well-known/jwks.json",
        **keeping.environment(system),
    }
    if service.has_database:
        settings["DATABASE_URL"] = system.database_url(service)
        settings["RABBITMQ_URL"] = system.rabbitmq_url(service)
    if service.short == "user":
        settings["SIGNING_KEYS"] = system.credentials.signing_keys
        settings["MAIL_FOLDER"] = str(Settings().state / "mail")
        # Made-up people with public passwords: a town of them signs up in seconds, not minutes.
        settings |= {"PASSWORD_MEMORY_KIB": "1024"}
    if service.short == "order":
        settings["SANDBOX"] = "true"
    if service.short == "console":
        settings |= {"API_URL": system.gateway_url, "JAEGER_URL": jaeger_url(system) or ""}
    if service.short == "gateway":
        settings["UPSTREAMS"] = json.dumps({one.short: _addresses(system, one) for one in SERVICES if one != service})
    return settings


def step(program: Program, processes: Processes, *, after: Sequence[str]) -> Step:
    """Return the step that starts a process of a service and waits until it is ready for requests."""

    def launch(say: Say) -> None:
        say(processes.start(program))

    return Step(program.name, launch, _missing(program, processes), tuple(after), _SECONDS)


def _missing(program: Program, processes: Processes) -> Callable[[], str | None]:
    def missing() -> str | None:
        processes.check(program.name)
        return probes.http_ready(f"http://127.0.0.1:{program.port}/health/ready")

    return missing


def _addresses(system: System, service: Service) -> str:
    return ",".join(f"http://127.0.0.1:{system.ports[one.key]}" for one in system.instances(service))


def _source(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return PROJECT
    return Path(spec.origin).parent
