import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from rich.console import Console
from typing_extensions import override

from devservers.external import External
from devservers.interface import Endpoints
from devservers.ports import free_ports
from foodlab.bench.errors import MeasurementError
from foodlab.bench.generator import generate
from foodlab.bench.load import Finding, Load, at
from foodlab.bench.measurement import Goal, Row, Series
from foodlab.bench.request import KEY, Request
from foodlab.bench.rounds import Plan, Round, rows
from foodlab.bench.run import bench

MICRO = Plan(rounds=2, proxying=0.2, turns=20, storing=1, warm=8, crowd=4, clients=2)


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    keys: list[str]

    def do_POST(self) -> None:
        self.keys.append(self.headers["Idempotency-Key"])
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201 if self.headers["Authorization"] == "Bearer known" else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    monkeypatch.setattr(Answering, "keys", [], raising=False)
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def posting(server: HTTPServer, token: str) -> Request:
    headers = {"Idempotency-Key": KEY.decode()}
    return Request(server.server_port, "/orders", "POST", 201, (token,), headers, body="{}")


def found(answers: int = 100, seconds: float = 2.0, **changes: object) -> Finding:
    usual = {"warming": 0, "p50": (0.001,), "p99": (0.002,), "cpu": {}, "generator_cpu": 0.1}
    return Finding(answers=answers, seconds=seconds, **{**usual, **changes})  # type: ignore[arg-type]


def a_round(**changes: object) -> Round:
    usual = {
        "nginx": found(40_000, cpu={"nginx": 1.0}),
        "gateway": found(8_000, cpu={"api-gateway": 2.0}),
        "turns": found(p50=(0.000_1, 0.000_15, 0.000_5)),
        "pgbench": 4_000.0,
        "accepting": found(2_400),
        "accepting_through_gateway": found(1_000),
    }
    return Round(**{**usual, **changes})  # type: ignore[arg-type]


def test_the_core_share_of_sending_is_the_maximum_of_order_rows() -> None:
    slow, busy = found(seconds=2.0, generator_cpu=0.5), found(seconds=2.0, generator_cpu=1.9)

    assert a_round(accepting=slow, accepting_through_gateway=slow, gateway=busy).sending == 0.25
    assert a_round(accepting=slow, accepting_through_gateway=busy).sending == 0.95


def test_a_series_has_lowest_median_and_highest() -> None:
    series = Series.of("orders", [3.0, 9.0, 5.0])

    assert (series.lowest, series.median, series.highest) == (3.0, 5.0, 9.0)


@pytest.mark.parametrize("rounds", [[], [1.0, 0.0], [-1.0]])
def test_a_figure_that_is_not_above_zero_is_refused(rounds: list[float]) -> None:
    with pytest.raises(MeasurementError, match="orders: not above zero"):
        Series.of("orders", rounds)


def test_temporary_slowness_does_not_affect_the_ratio() -> None:
    row = Row("it", "orders/s", Series((100.0, 10.0)), "pgbench", Series((200.0, 20.0)), Goal(0.5))

    assert row.ratio.rounds == (0.5, 0.5)
    assert row.met


@pytest.mark.parametrize(
    ("goal", "ratio", "met"),
    [(Goal(0.3), 0.3, True), (Goal(0.3), 0.29, False), (Goal(3, at_most=True), 3, True), (Goal(3, True), 3.1, False)],
)
def test_a_goal_is_a_bound(goal: Goal, ratio: float, met: bool) -> None:
    assert goal.met(Series((7.0,)), Series((ratio,))) is met


def test_goals_are_formatted() -> None:
    assert (str(Goal(0.25)), str(Goal(3, at_most=True))) == ("≥ 0.25", "≤ 3")


def test_rows_are_computed_from_rounds() -> None:
    table = rows([a_round()])

    assert [row.measured.median for row in table] == pytest.approx([4_000, 400, 1_200, 500])
    assert [row.reference.median for row in table] == pytest.approx([40_000, 50, 4_000, 4_000])
    assert [row.ratio.median for row in table] == pytest.approx([0.1, 8, 0.3, 0.125])
    assert [row.met for row in table] == [False, False, True, False]


def test_a_process_without_measurable_cpu_time_fails_the_measurement() -> None:
    with pytest.raises(MeasurementError, match="nginx used no CPU time"):
        rows([a_round(nginx=found(cpu={"nginx": 0.0}))])


@pytest.mark.parametrize(("share", "latency"), [(0.5, 3.0), (0.99, 5.0), (0.0, 1.0)])
def test_percentiles_of_latencies(share: float, latency: float) -> None:
    assert at(share, [5.0, 1.0, 3.0, 2.0, 4.0]) == latency


def test_a_load_sends_its_requests_with_unique_keys(server: HTTPServer) -> None:
    found = generate("orders", Load((posting(server, "known"),), most=50, warm=5))

    assert (found.answers, found.warming) == (50, 5)
    assert len(set(Answering.keys)) == 55
    assert 0 < found.p50[0] <= found.p99[0] < found.seconds


def test_several_requests_take_turns(server: HTTPServer) -> None:
    one = posting(server, "known")
    with HTTPServer(("127.0.0.1", 0), Answering) as second:
        thread = Thread(target=second.serve_forever, args=(0.01,))
        thread.start()
        found = generate("turns", Load((one, posting(second, "known")), most=10))
        second.shutdown()
        thread.join()

    assert found.answers == 20
    assert len(found.p50) == 2


def test_an_unexpected_response_fails_the_measurement(server: HTTPServer) -> None:
    with pytest.raises(MeasurementError, match=r"orders: POST /orders on port \d+ answered b'401 Unauthorized"):
        generate("orders", Load((posting(server, "unknown"),), most=50))


def test_an_unreachable_server_fails_the_measurement() -> None:
    [nobody] = free_ports(1)

    with pytest.raises(MeasurementError, match="Connection refused"):
        generate("orders", Load((Request(nobody, "/orders"),), most=50))


def test_a_small_benchmark_runs_completely(
    servers: Endpoints, redis_url: str, rabbitmq_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "results" / "bench.json"
    console = Console(file=StringIO(), width=160)
    endpoints = Endpoints(servers.postgres_url, redis_url, rabbitmq_url)

    bench(MICRO, console, file, lambda _folder, _processes: External(endpoints))

    written = json.loads(file.read_text())
    assert len(written["rounds"]) == MICRO.rounds
    assert len(written["rows"]) == 4
    for row in written["rows"]:
        for figure in ("measured", "reference", "ratio"):
            assert len(row[figure]["rounds"]) == MICRO.rounds
            assert min(row[figure]["rounds"]) > 0
        assert isinstance(row["met"], bool)
    assert written["machine"]["cores"] >= 1
    for row in written["rows"]:
        assert row["what"] in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_goal_with_a_unit_bounds_the_figure() -> None:
    memory = Goal(80, at_most=True, unit="MB")

    assert memory.met(Series((79.0,)), Series((2.0,)))
    assert not memory.met(Series((81.0,)), Series((0.5,)))
    assert (str(memory), str(Goal(2_500, unit="events/s")), str(Goal(0.25))) == (
        "≤ 80 MB",
        "≥ 2,500 events/s",
        "≥ 0.25",
    )
