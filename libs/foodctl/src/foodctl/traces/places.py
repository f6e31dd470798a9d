"""The destination of traces: the collector in the environment, or else our own receiver."""

from devservers import probes
from devservers.infra import Infra
from foodctl.settings import Settings
from foodctl.system import System

NAME = "traces"


def receiver_url(system: System) -> str | None:
    """Return the URL of our own receiver; None when spans are not sent there."""
    if Settings().collector is not None or system.infra is Infra.CONTAINERS or NAME not in system.ports:
        return None
    return f"http://127.0.0.1:{system.ports[NAME]}"


def jaeger_url(system: System) -> str | None:
    """Return the URL of Jaeger for browsers: from the environment, or else where it runs; or None."""
    chosen = Settings().jaeger_url or None
    # The system of a benchmark has no port for it.
    if chosen is not None or receiver_url(system) is not None or "jaeger" not in system.ports:
        return chosen
    jaeger = f"http://localhost:{system.ports['jaeger']}"
    return jaeger if probes.http_ready(f"{jaeger}/") is None else None


def where(system: System) -> str:
    """Return a hint where to see traces."""
    if (jaeger := jaeger_url(system)) is not None:
        return jaeger
    if receiver_url(system) is not None:
        return "uv run foodctl trace ORDER_ID"
    collector = Settings().collector
    return f"sent to {collector}" if collector else "not kept"
