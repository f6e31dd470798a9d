"""One line per event: the service, the level, and no personal data."""

import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import structlog
from prometheus_client import REGISTRY
from telemetry.privacy import personal

from devservers.ports import free_ports
from foodchassis import ServiceSettings
from foodchassis.telemetry.logging import set_level, set_up
from foodchassis.testing import eventually

SAMPLE = Path(__file__).parents[4] / "tests/fixtures/review-service/src"
TOKEN = "eyJhbGciOiJFZDI1NTE5In0.e30.sig"
log = structlog.get_logger()


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    set_up(ServiceSettings(service_name="tests", log_format="json"))


def fail() -> None:
    raise LookupError("nothing\nthere")


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_has_service_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(ServiceSettings(service_name="a-service", service_version="7", log_format="json"))
    log.info("thing.happened", order_id="1")

    [line] = said(capsys)
    assert (line["service"], line["version"], line["level"]) == ("a-service", "7", "info")
    assert (line["event"], line["order_id"]) == ("thing.happened", "1")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+Z", str(line["time"]))


def test_two_services_of_one_process_log_under_their_own_names(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("first", "second"):
        set_up(ServiceSettings(service_name=name, log_format="json"))
        log.info("thing.happened")
        logging.getLogger("library").warning("happened too")

    assert [line["service"] for line in said(capsys)] == ["first", "first", "second", "second"]


def test_the_level_of_the_settings_can_be_changed(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(ServiceSettings(service_name="a-service", log_format="json", log_level="WARNING"))
    for event in ("unheard", "heard"):
        log.debug(event)
        log.info(event)
        set_level("DEBUG")

    assert [(line["event"], line["level"]) for line in said(capsys)] == [("heard", "debug"), ("heard", "info")]


def test_lines_of_libraries_below_info_are_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(ServiceSettings(service_name="a-service", log_format="json", log_level="DEBUG"))
    logging.getLogger("library").debug("a body with who knows what")
    logging.getLogger("aiormq.connection").info("connected")

    assert said(capsys) == []


def test_an_exception_is_fields_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(ServiceSettings(service_name="a-service", log_format="json"))
    try:
        fail()
    except LookupError:
        log.exception("thing.failed")
        logging.getLogger("library").exception("failed too")

    for line in said(capsys):
        assert (line["exception_type"], line["exception_message"]) == ("LookupError", "nothing\nthere")
        assert str(line["exception"]).startswith("Traceback")


def test_the_values_of_a_refused_row_are_removed(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(ServiceSettings(service_name="a-service", log_format="json"))
    message = "violates constraint\nDETAIL:  Failing row contains (1, Ann\nPrivatweg 17).\n[SQL: INSERT]"
    log.error("thing.failed", exc_info=LookupError(message))

    [line] = said(capsys)
    assert "Privatweg" not in str(line)
    assert str(line["exception_message"]) == "violates constraint\nDETAIL:  [removed]\n[SQL: INSERT]"


@pytest.mark.parametrize(
    "text", ["ann@example.com", "\nann@example.com", "\x00ann@example.com", "a\\nann@example.com", "<é.b@é.example>"]
)
def test_an_e_mail_address_is_removed_and_the_line_stays_json(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(ServiceSettings(service_name="a-service", log_format="json"))
    log.warning("thing.failed", error=f"Key (email)=({text}) exists", token=TOKEN)

    raw = capsys.readouterr().out
    assert "example" not in raw
    assert "eyJ" not in raw
    assert str(json.loads(raw)["error"]).endswith(") exists")


@pytest.mark.parametrize("odd", ["\ud800", 2**70, {"a": object}])
def test_values_that_json_cannot_express_are_logged(odd: object, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(ServiceSettings(service_name="a-service", log_format="json"))
    log.info("thing.happened", odd=odd)

    assert [line["event"] for line in said(capsys)] == ["thing.happened"]


def test_a_terminal_gets_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(ServiceSettings(service_name="a-service", log_format="console"))
    log.info("thing.happened", order_id="1")

    line = capsys.readouterr().out
    assert "thing.happened" in line
    assert not line.startswith("{")


def test_warnings_and_errors_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(ServiceSettings(service_name="a-service", log_format="json"))
    before = REGISTRY.get_sample_value("log_lines_total", {"level": "error"}) or 0
    log.error("thing.failed")

    assert REGISTRY.get_sample_value("log_lines_total", {"level": "error"}) == before + 1


def test_the_check_finds_personal_data() -> None:
    lines = ["ann@example.com", TOKEN, "Ring 1", "tok_ok", "4111 1111 1111 1111"]

    assert personal([*lines, '{"total": 411111111111}'], known=["Ring 1"]) == lines


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


@pytest.fixture
def process(port: int, output: Path, service_environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **service_environment, "PYTHONPATH": str(SAMPLE), "LOG_LEVEL": "WARNING"}
    command = ["uvicorn", "--factory", "review_service.main:create_app", "--port", str(port), "--no-access-log"]
    argv = [sys.executable, "-m", *command]
    with output.open("wb") as out, subprocess.Popen(argv, env=environment, stdout=out) as running:
        yield running
        running.kill()


async def test_signals_change_the_level_of_a_running_process(
    process: subprocess.Popen[bytes], port: int, output: Path
) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:

        async def answers() -> bool:
            try:
                return (await http.get("/reviews")).status_code == 200
            except httpx2.TransportError:
                return False

        async def said(event: str, times: int = 1) -> bool:
            return (await asyncio.to_thread(output.read_text)).count(f'"{event}"') == times

        await eventually(answers, 90)
        assert await said("request.served", 0)
        process.send_signal(signal.SIGUSR1)
        await eventually(lambda: said("log.level_changed"))
        await http.get("/reviews")
        await eventually(lambda: said("request.served"))
        process.send_signal(signal.SIGUSR2)
        await eventually(lambda: said("log.level_changed", 2))
        await http.get("/reviews")
        assert await said("request.served")
