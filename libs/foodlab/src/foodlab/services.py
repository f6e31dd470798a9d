"""The services as processes of this machine."""

import json
import sys
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from devservers import probes
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.steps import Step
from foodctl.catalog import SERVICES, Service
from foodctl.instances import Instance
from foodctl.settings import PROJECT, Settings
from foodctl.system import System
from foodctl.traces.places import jaeger_url, receiver_url

_SECONDS = 120.0
# The gateway itself evaluates forwarded addresses, and an open stream must not delay a stop.
_SERVER = (
    *("--no-access-log", "--no-server-header", "--no-date-header", "--no-proxy-headers"),
    *("--timeout-graceful-shutdown", "10"),
)
# Only the gateway accepts untrusted clients: its own protocol limits their resources and their time.
_PROTOCOLS = {"gateway": "api_gateway.server:HttpProtocol"}
_PROTOCOL = "foodchassis.web:HttpProtocol"
_LIBRARIES = ("foodchassis", "foodevents")
# Traces should be visible soon after an order.
_EXPORT_EVERY = "500"


def program(system: System, instance: Instance, *, reload: bool = False) -> Program:
    """Return the program of one process of a service."""
    service, port = instance.service, system.ports[instance.key]
    argv = [sys.executable, "-m", "uvicorn", "--factory", f"{service.package}.main:create_app"]
    argv += ["--http", _PROTOCOLS.get(service.short, _PROTOCOL)]
    argv += ["--host", "127.0.0.1", "--port", str(port), *_SERVER]
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
        **_tracing(system),
    }
    if service.has_database:
        settings["DATABASE_URL"] = system.database_url(service)
        settings["RABBITMQ_URL"] = system.rabbitmq_url(service)
    if service.short == "user":
        settings["SIGNING_KEYS"] = system.credentials.signing_keys
        settings["MAIL_FOLDER"] = str(Settings().state / "mail")
        # Test users with public passwords: cheap hashes let many sign up quickly.
        settings |= {"PASSWORD_MEMORY_KIB": "1024"}
    if service.short == "order":
        # A few customers place all orders of a benchmark or a fault run.
        settings |= {"SANDBOX": "true", "OPEN_ORDERS_PER_CUSTOMER": "1000000"}
    if service.short == "console":
        settings |= {"API_URL": system.gateway_url, "JAEGER_URL": jaeger_url(system) or ""}
    if service.short == "gateway":
        settings["UPSTREAMS"] = json.dumps({one.short: _addresses(system, one) for one in SERVICES if one != service})
    return settings


def receiver(name: str, port: int) -> Program:
    """Return the program of the trace receiver."""
    return Program(name, (sys.executable, "-m", "foodlab.traces.receiver", str(port)), cwd=PROJECT, port=port)


def step(program: Program, processes: Processes, *, after: Sequence[str] = ()) -> Step:
    """Return the step that starts a process of a service and waits until it is ready for requests."""
    ready = partial(probes.http_ready, f"http://127.0.0.1:{program.port}/health/ready")
    return processes.step(program, ready, after=after, seconds=_SECONDS)


def _tracing(system: System) -> dict[str, str]:
    url = receiver_url(system)
    return {} if url is None else {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": _EXPORT_EVERY}


def _addresses(system: System, service: Service) -> str:
    return ",".join(f"http://127.0.0.1:{system.ports[one.key]}" for one in system.instances(service))


def _source(package: str) -> Path:
    spec = find_spec(package)
    return PROJECT if spec is None or spec.origin is None else Path(spec.origin).parent
