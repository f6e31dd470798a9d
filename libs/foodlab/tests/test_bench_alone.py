import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from typing_extensions import override

from foodlab.bench.alone import Round, check, rows
from foodlab.bench.errors import MeasurementError
from foodlab.bench.outbox import Outbox
from foodlab.bench.request import Request

ROUND = Round((900, 480), (390, 390), (3, 2), (75, 37), (505, 500), Outbox(4.0, 3.0, 2_400, 5_000))


class Menu(BaseHTTPRequestHandler):
    tag, body = '"1"', b'{"items": [1]}'

    def do_GET(self) -> None:
        known = self.headers["If-None-Match"] == '"1"' == self.tag
        self.send_response(304 if known else 200)
        self.send_header("ETag", '"1"')
        self.end_headers()
        if not known:
            self.wfile.write(self.body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def menu(monkeypatch: pytest.MonkeyPatch) -> Iterator[Request]:
    monkeypatch.setattr(Menu, "tag", '"1"')
    with HTTPServer(("127.0.0.1", 0), Menu) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Request(server.server_port, "/menu")
        server.shutdown()
        thread.join()


def test_each_figure_has_its_goal_and_verdict() -> None:
    found = {row.what: row for row in rows([ROUND, ROUND, ROUND])}

    assert len(json.dumps([row.as_json() for row in found.values()])) > 0
    missed = {what for what, row in found.items() if not row.met}
    assert missed == {"reading an order, CPU", "outbox: a backlog leaves"}


def test_the_etag_of_a_response_is_checked(menu: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    check(menu)
    monkeypatch.setattr(Menu, "tag", '"2"')
    with pytest.raises(MeasurementError, match="answered 200 to its own tag"):
        check(menu)


def test_an_empty_list_fails_the_measurement(menu: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Menu, "body", b"[]")
    with pytest.raises(MeasurementError, match=r"/menu on port \d+ answered 200 \[\]"):
        check(menu)
