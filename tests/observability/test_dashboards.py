"""Every dashboard loads, and every query of dashboards and rules has a result after orders were placed."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from e2e.running import Running
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from observability.watching import Watching, configure
from observability.written import DASHBOARDS, FOLDER, panels, queries, read
from prometheus_client import write_to_textfile
from typing_extensions import override

from devservers.interface import Endpoints
from devservers.ports import free_ports
from devservers.processes import Processes
from devservers.prometheus import prometheus_program
from foodctl.api import RefusedError, gateway
from foodctl.catalog import SERVICES
from foodctl.system import System
from foodctl.verify import Places, verify
from foodlab.city import PASSWORD

# Queries without a result outside a cluster: only cert-manager exports certificates.
ELSEWHERE = ("certmanager_",)


class _Quiet(SimpleHTTPRequestHandler):
    @override
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the files of a folder on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def come_and_go(system: System) -> None:
    """Call every service, and erase an account: the only event that menu-service handles."""
    async with gateway(system.gateway_url) as anonymous:
        for service in SERVICES:
            with pytest.raises(RefusedError):
                await anonymous.call("GET", f"{system.url(service)}/nothing")
        somebody = await anonymous.sign_up(f"{uuid4()}@example.com", PASSWORD, "Somebody", "restaurant")
        await somebody.call("DELETE", "/users/me")


@pytest.fixture(scope="session")
def watching(
    running: Running,
    servers: Endpoints,
    programs: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Watching]:
    """Yield a Prometheus that has scraped orders with every ending."""
    folder = tmp_path_factory.mktemp("prometheus")
    for name in ("run", "data"):
        (folder / name).mkdir()
    [port] = free_ports(1)
    broker = (servers.broker_metrics_url or "").removeprefix("http://").removesuffix("/metrics") or None
    processes = Processes(folder / "run", folder, tied=True)
    places = Places(running.system.database_urls, running.system.endpoints.rabbitmq_url)
    write_to_textfile(str(folder / "invariants.txt"), verify(places).registry(time.time()))
    with served(folder) as files:
        configuration = configure(folder, running.system, itself=port, broker=broker, files=files)
        try:
            processes.start(prometheus_program(programs[0], configuration, folder / "data", port))
            # Each service, Prometheus itself and the file, and the broker if it exports metrics.
            watching = Watching(port, len(SERVICES) + 2 + bool(broker))
            watching.wait_until_seen(time.time())
            enough = time.monotonic() + request.config.getoption("--load")
            asyncio.run(come_and_go(running.system))
            running.run("uv run just demo --chaotic")
            while time.monotonic() < enough:
                running.run("uv run just demo --orders 20")
            # A rate needs two samples.
            asyncio.run(come_and_go(running.system))
            watching.wait_until_seen(time.time())
            yield watching
        finally:
            processes.undo(grace=0)


def test_every_query_has_a_result(watching: Watching, servers: Endpoints) -> None:
    elsewhere = ELSEWHERE if servers.broker_metrics_url else (*ELSEWHERE, "rabbitmq_")
    asked = {
        (where, expression) for where, expression in queries() if not any(metric in expression for metric in elsewhere)
    }

    assert len(asked) > len(DASHBOARDS) * 10
    assert sorted(one for one in asked if not watching.values(one[1])) == []


@pytest.mark.parametrize(
    "histogram",
    ["http_request_duration_seconds", "event_handling_seconds", "gateway_request_seconds", "gateway_checkout_seconds"],
)
def test_histograms_have_exemplars(watching: Watching, histogram: str) -> None:
    found = watching.exemplars(f"{histogram}_bucket")

    assert found
    assert all(len(labels["trace_id"]) == len("4bf92f3577b34da6a3ce929d0e0e4736") for labels in found)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_every_field_of_a_dashboard_exists_in_grafana(path: Path) -> None:
    register_default_plugins()
    written = json.loads(path.read_text())

    assert json.loads(json.dumps(Dashboard.from_json(written), cls=JSONEncoder)) == written


def test_dashboards_use_only_provisioned_data_sources() -> None:
    provisioned = read(FOLDER / "grafana" / "provisioning" / "datasources" / "foodapp.yaml")["datasources"]
    known = {(one["type"], one["uid"]) for one in provisioned}

    asked = {(source["type"], source["uid"]) for _, panel in panels() for source in [panel["datasource"]]}
    asked |= {(t["datasource"]["type"], t["datasource"]["uid"]) for _, panel in panels() for t in panel["targets"]}
    assert asked
    assert asked <= known


def test_no_panels_overlap() -> None:
    for path in DASHBOARDS:
        taken: set[tuple[int, int]] = set()
        for panel in json.loads(path.read_text())["panels"]:
            place = panel["gridPos"]
            x, y = place.get("x", 0), place.get("y", 0)
            cells = {(x + right, y + down) for right in range(place["w"]) for down in range(place["h"])}
            assert x + place["w"] <= 24, (path.stem, panel["title"])
            assert not cells & taken, (path.stem, panel["title"])
            taken |= cells
