"""The traces of an order in Jaeger: `jaeger.json` has some spans of a response of Jaeger 2.11.0."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from typing_extensions import override

from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.state import State
from foodctl.catalog import DEFAULT_PORTS
from foodctl.credentials import Credentials
from foodctl.errors import FoodctlError
from foodctl.system import System
from foodctl.traces import jaeger
from foodctl.traces.showing import stored

ORDER = "01a21fc2-ce15-705b-8ef0-030b05ab87d2"
RECORDED = (Path(__file__).parent / "jaeger.json").read_bytes()
EMPTY = b'{"data":[],"total":0,"limit":0,"offset":0,"errors":null}'


class Jaeger(BaseHTTPRequestHandler):
    """Finds the traces in two services, as Jaeger does when both take part."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        found = asked.get("service") in {"order-service", "payment-service"} and json.loads(asked["tags"]) == {
            "order.id": ORDER
        }
        self.send_response(200 if parts.path == "/api/traces" else 404)
        self.end_headers()
        self.wfile.write(RECORDED if found else EMPTY)

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


class Page(Jaeger):
    """Another program at the URL: it returns a page for every path."""

    @override
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>")


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), getattr(request, "param", Jaeger)) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_order_has_its_own_trace_and_linked_ones(url: str) -> None:
    first, refund, broken = jaeger.traces(url + "/", ORDER)

    assert [(span.service, span.kind, span.name) for span in first] == [
        ("api-gateway", "server", "POST /orders"),
        ("api-gateway", "client", "POST order-service"),
        ("order-service", "server", "POST /orders"),
        ("order-service", "producer", "publish order.created"),
        ("payment-service", "consumer", "process order.created"),
    ]
    assert [span.parent_id for span in first] == ["", *(span.span_id for span in first[:4])]
    assert first[2].attributes["order.id"] == ORDER
    assert (first[0].began, first[0].milliseconds) == (1795829190160077000, 9.983)
    assert refund[0].name == "POST /payments"
    assert {link for span in refund for link in span.links} == {first[0].trace_id}
    assert [span.failed for span in (*first, *broken)] == [False] * 5 + [True]


def test_an_order_that_jaeger_does_not_have_has_no_traces(url: str) -> None:
    assert jaeger.traces(url, "another") == []


@pytest.mark.parametrize("url", [Page], indirect=True)
def test_a_url_of_another_program_is_refused(url: str) -> None:
    with pytest.raises(FoodctlError, match="JAEGER_URL"):
        jaeger.traces(url, ORDER)


def test_a_url_without_a_server_is_refused() -> None:
    with pytest.raises(FoodctlError, match="JAEGER_URL"):
        jaeger.traces("http://127.0.0.1:9", ORDER)


def test_a_system_without_a_receiver_reads_its_traces_from_jaeger(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAEGER_URL", url)
    servers = Endpoints("postgresql://p", "redis://r", "amqp://m")
    system = System(Infra.CONTAINERS, DEFAULT_PORTS, servers, Credentials.of(State(tmp_path)))

    assert len(stored(system, ORDER)) == 3
