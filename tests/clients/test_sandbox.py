"""Runs the sandbox page as written, and compares its tables with the code."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e.running import ROOT, Running

from devservers.ports import free_ports
from devservers.testing.killing import until as wait_until
from foodlab.taps.trigger import listed
from payment_service.rules.simulated import ACCEPTED, DECLINED

PAGE = (ROOT / "docs/api/sandbox.md").read_text()
_SECONDS = 60.0


def example(language: str) -> str:
    [code] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(code)


def rows(heading: str) -> list[list[str]]:
    """Read the table below a heading, without its head."""
    section = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line] for line in lines[2:]]


def test_the_page_lists_every_trigger_and_its_outcome() -> None:
    assert [tuple(row) for row in rows("Every final state by one command")] == [
        (name, order, payment) for name, _, order, payment in listed()
    ]


def test_the_page_names_every_token() -> None:
    assert {row[0] for row in rows("Test tokens")} == ACCEPTED | {DECLINED}


@contextmanager
def started(log: Path, *command: str, **environment: str) -> Iterator[None]:
    """Run a program during a block, with its output in a file."""
    with log.open("w") as file:
        # A background job ignores SIGINT, which its children inherit; a handler is not inherited.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            program = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=file, stderr=file)
        finally:
            signal.signal(signal.SIGINT, before)
        try:
            yield
        finally:
            program.send_signal(signal.SIGINT)
            program.wait(20)


def until(text: str, log: Path) -> str:
    """Wait until a file contains a text, and return all of it."""
    wait_until(lambda: text in log.read_text(), _SECONDS)
    return log.read_text()


@pytest.mark.tutorial
def test_a_test_order_is_delivered(running: Running) -> None:
    printed = running.run(f"export BASE_URL={running.system.gateway_url}\n{example('bash')}")

    assert "event: position" in printed
    assert printed.strip().split("\n")[-1] == "delivered"
    running.verify()


@pytest.mark.tutorial
def test_a_receiver_gets_the_events_of_a_triggered_order(running: Running, tmp_path: Path) -> None:
    [port], received, said = free_ports(1), tmp_path / "received", tmp_path / "said"
    receiver = tmp_path / "receiver.py"
    receiver.write_text(example("python"))
    foodctl = str(Path(sys.executable).with_name("foodctl"))
    listening = (foodctl, "listen", "--forward-to", f"http://127.0.0.1:{port}/", "--events", "order.*")
    plain = {**running.environment, "PYTHONUNBUFFERED": "1"}

    with started(said, *listening, **plain):
        secret = str(re.findall(r"whsec_\S+", until("whsec_", said))[0])
        printed = running.run("uv run foodctl trigger order.cancelled")
        order_id = printed.strip().split("\n")[-1].split()[1].rstrip(":")
        # Events sent before the receiver runs are sent again.
        with started(received, sys.executable, str(receiver), PORT=str(port), SECRET=secret):
            for event in ("created", "placed", "cancel_requested", "cancelled"):
                until(f"order.{event}.v1 {order_id}", received)

    assert "stopped; " in said.read_text()
    assert "tries" in said.read_text()
    stored = json.loads((running.state.folder / "webhooks.json").read_text())
    assert stored["secret"] == secret


@pytest.mark.tutorial
def test_a_simulated_city_violates_no_invariant(running: Running) -> None:
    size = "--orders-per-minute 60 --restaurants 3 --drivers 8 --speed 120 --seed 3 --minutes 0.4"
    printed = running.run(f"uv run just city {size}")

    assert int(re.findall(r"delivered\s*│\s*(\d+)", printed)[0]) > 5
    assert re.findall(r"still open\s*│\s*(\d+)", printed) == ["0"]
    running.verify()
