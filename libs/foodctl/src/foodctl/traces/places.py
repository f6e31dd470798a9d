"""Where traces are: with whom the environment names, else with a receiver of our own."""

from devservers import probes
from devservers.infra import Infra
from foodctl.settings import Settings
from foodctl.system import System

NAME = "traces"


def receiver_url(system: System) -> str | None:
    """Return the URL of our own receiver; None when spans go elsewhere, or nowhere."""
    if Settings().collector is not None or system.infra is Infra.CONTAINERS or NAME not in system.ports:
        return None
    return f"http://127.0.0.1:{system.ports[NAME]}"


def where(system: System) -> str:
    """Describe where traces are to be seen."""
    settings = Settings()
    if settings.jaeger_url is not None:
        return settings.jaeger_url
    if receiver_url(system) is not None:
        return "uv run foodctl trace ORDER_ID"
    jaeger = f"http://localhost:{system.ports['jaeger']}"
    if probes.http_ready(f"{jaeger}/") is None:
        return jaeger
    return f"sent to {settings.collector}" if settings.collector else "not kept"
