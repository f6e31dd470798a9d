import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from devservers.state import State
from foodctl.catalog import DEFAULT_PORTS, parse_ports
from foodctl.cli import app


@pytest.mark.parametrize("command", ["bench", "up", "down", "clean", "status", "logs"])
def test_every_command_has_help(command: str) -> None:
    assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0


def test_help_imports_no_heavy_modules() -> None:
    heavy = {"sqlalchemy", "fastapi", "aio_pika", "psycopg", "httpx2", "joserfc", "foodchassis", "foodevents"}

    assert heavy & loaded_by("from foodctl.cli import app") == set()


def test_frequent_commands_do_not_import_the_libraries_of_services() -> None:
    libraries = {"sqlalchemy", "fastapi", "aio_pika", "foodchassis", "foodevents"}

    assert libraries & loaded_by("from foodlab import demo, down, logs, status") == set()


def loaded_by(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("command", "code", "line"),
    [
        (("up", "--port", "gateway=none"), 2, "--port gateway=none"),
        (("logs",), 1, "no logs of the services yet"),
        (("logs", "nobody"), 2, "there is no service nobody"),
        (("status",), 1, "nothing was started here yet"),
    ],
)
def test_a_failure_is_a_one_line_error_with_an_exit_code(
    tmp_path: Path, command: tuple[str, ...], code: int, line: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from foodctl.cli import app; app()", *command],
        env=os.environ | {"FOODAPP_STATE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code
    assert line in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_offset_moves_every_port_that_is_not_chosen() -> None:
    ports = parse_ports(["gateway=9000"], 100)

    assert ports == {name: port + 100 for name, port in DEFAULT_PORTS.items()} | {"gateway": 9000}
    assert parse_ports([]) == {}


def test_logs_show_the_last_lines_of_each_service(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOODAPP_STATE", str(state.folder))
    (state.logs / "order-service.log").write_text("one\ntwo\nthree [not markup]\n")

    shown = CliRunner().invoke(app, ["logs", "order", "--lines", "2"])

    assert shown.output == "order-service | two\norder-service | three [not markup]\n"
