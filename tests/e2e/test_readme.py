"""Every command in the README works as written."""

import re
from pathlib import Path

import pytest
from e2e.running import Running

README = (Path(__file__).parents[2] / "README.md").read_text()
COMMANDS = [
    line.partition(" #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
# The start and end of the suite itself, and commands that would run this test recursively.
ELSEWHERE = {
    "python3 -m pip install -q uv && uv run just up": "the fixture `running`",
    "uv run pytest": "this",
    "uv run just down": "the end of the fixture `running`",
    "uv run just clean": "libs/foodlab/tests",
    "uv run just check": "continuous integration",
    "uv run just bench --quick": "libs/foodlab/tests/test_bench.py",
}


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in ELSEWHERE])
def test_a_command_of_the_readme_works(running: Running, command: str) -> None:
    assert running.run(command)


def test_the_start_prints_the_steps_of_the_first_order(running: Running) -> None:
    for state in ("pending", "placed", "paid", "assigned", "picked_up", "delivered"):
        assert state in running.printed
    assert running.system.gateway_url in running.printed


def test_the_curl_lines_that_the_start_prints_work(running: Running) -> None:
    lines = [line.strip() for line in running.printed.splitlines() if line.strip().startswith("curl ")]

    assert len(lines) == 3
    for line in lines:
        assert running.run(line)


def test_every_link_of_the_readme_has_a_target() -> None:
    root = Path(__file__).parents[2]
    links = re.findall(r"\]\(([^)#]+)", README)

    assert [link for link in links if not link.startswith("http") and not (root / link).exists()] == []


def test_a_second_start_is_harmless(running: Running) -> None:
    before = {service: running.pid(service) for service in ("api-gateway", "order-service", "payment-service")}

    running.run("uv run just up")

    assert before == {service: running.pid(service) for service in before}
