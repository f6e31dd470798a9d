"""The servers of a test session: from the environment, else containers, else private processes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from devservers.compose import engine_answers
from devservers.credentials import Credentials
from devservers.external import External, external_endpoints
from devservers.interface import Endpoints
from devservers.native import Native
from devservers.ports import free_ports
from devservers.private import RabbitPorts
from devservers.processes import Processes
from devservers.settings import Settings
from devservers.steps import Silence, run

_NO_GRACE = 0.0


def pytest_report_header() -> str:
    """Report how the servers of this session are run."""
    if external_endpoints(Settings()):
        return "servers: the environment's"
    return f"servers: {_without_containers() or 'containers'}"


@cache
def _without_containers() -> str | None:
    """Return why the servers cannot be containers, or None."""
    if not engine_answers():
        return "native processes (no container engine answers)"
    from devservers.testing.containers import missing_image  # noqa: PLC0415 - it looks for an engine when imported

    image = missing_image()
    return image and f"native processes (the container engine answers, but can't get the image {image})"


@pytest.fixture(scope="session")
def servers() -> Iterator[Endpoints]:
    """Yield PostgreSQL, Redis and RabbitMQ for the whole session."""
    if external := external_endpoints(Settings()):
        run(External(external).steps(), Silence())
        yield external
    elif _without_containers() is None:
        from devservers.testing.containers import containers  # noqa: PLC0415 - it looks for an engine when imported

        with containers() as endpoints:
            yield endpoints
    else:
        with native_servers() as endpoints:
            yield endpoints


@contextmanager
def native_servers() -> Iterator[Endpoints]:
    """Run the three servers in a temporary folder; they end with this process in any case."""
    with tempfile.TemporaryDirectory(prefix="foodapp-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # The servers' accounts must be able to traverse it; secret files inside are private.
        folder.chmod(0o755)
        (folder / "run").mkdir()
        processes = Processes(folder / "run", folder, tied=True)
        postgres, redis, *rabbitmq = free_ports(7)
        native = Native(
            folder / "native",
            processes,
            Credentials(),
            RabbitPorts(*rabbitmq),
            postgres=postgres,
            redis=redis,
            durable=False,
        )
        try:
            run(native.steps(), Silence())
            yield native.endpoints
        finally:
            processes.undo(grace=_NO_GRACE)
