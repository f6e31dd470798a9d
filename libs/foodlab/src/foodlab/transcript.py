"""Writes docs/transcript.md: the commands of a working day with their actual output."""

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from devservers.settings import inherited_environment
from foodctl.errors import FoodctlError
from foodctl.settings import PROJECT

PAGE = PROJECT / "docs" / "transcript.md"
OFFSET = 700
MOST_LINES = 30
WIDTH = 110
_START, _END = "\x1e", "\x1f"
_SECONDS = 900.0
_GATEWAY = f"http://localhost:{8000 + OFFSET}"
_LOG_IN = "grant_type=password&username=emma@example.com&password=demo-password"
_FIELD = """python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'"""
_HEAD = """\
# One working day at the terminal

Written by `uv run foodctl transcript`, which runs these commands on a separate system;
long outputs are shortened where marked.
"""


@dataclass(frozen=True)
class Scene:
    """A section: its title, its purpose, and its commands, which all succeed."""

    title: str
    why: str
    commands: tuple[str, ...]


DAY = (
    Scene(
        "Start the system",
        f"`--offset {OFFSET}` moves every port, so that this runs beside another checkout.",
        (f"uv run just up --offset {OFFSET}", "uv run just status"),
    ),
    Scene(
        "Use the API",
        "A customer of the demo city logs in, looks for a restaurant and reads the order that `just up` has sent.\n"
        "An order without an Idempotency-Key is refused, and the answer says what to do.",
        (
            f"curl -s '{_GATEWAY}/restaurants?near=51.0530,3.7300&open=true&limit=1' | python3 -m json.tool",
            f"TOKEN=$(curl -s -d '{_LOG_IN}' {_GATEWAY}/auth/token | {_FIELD})",
            f"curl -s -H \"Authorization: Bearer $TOKEN\" '{_GATEWAY}/orders?limit=1' | python3 -m json.tool",
            f'curl -s --json "{{}}" -H "Authorization: Bearer $TOKEN" {_GATEWAY}/orders | python3 -m json.tool',
        ),
    ),
    Scene(
        "Send orders and follow one",
        "The last order's trace shows every step through the services.",
        ("uv run just demo -n 2", "uv run just demo --chaotic"),
    ),
    Scene(
        "Check the system",
        "No invariant is violated, and no message is parked.",
        ("uv run just verify", "uv run foodctl dlq list", "uv run just logs order-service -n 3"),
    ),
    Scene(
        "Change a rule",
        "Rules are pure functions: their tests need no server, and the simulation runs the same functions.",
        (
            "uv run pytest services/order-service/tests/rules -n 0 -q",
            "uv run foodctl simulate -n 1 --seed 7 --show",
            "uv run ruff check",
            "uv run lint-imports --no-cache | tail -1",
        ),
    ),
    Scene("Stop the system", "`just down` would keep the data.", ("uv run just clean",)),
)


def write() -> None:
    """Run the commands on a separate system and write the page.

    Raises FoodctlError when a command fails; the system is always removed.
    """
    commands = [command for scene in DAY for command in scene.commands]
    with TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        try:
            outputs = _run(commands, state)
        finally:
            _bash("uv run foodctl clean", state)
    shown = iter(outputs)
    parts = [_HEAD]
    for scene in DAY:
        parts.append(f"## {scene.title}\n\n{scene.why}\n")
        parts += [f"```text\n$ {command}\n{bounded(next(shown), state)}```\n" for command in scene.commands]
    PAGE.write_text("\n".join(parts))


def bounded(output: str, state: Path) -> str:
    """Return the output without paths of this machine, shortened in the middle when it is long."""
    text = output.replace(str(state), ".foodapp").replace(f"{PROJECT}/", "").expandtabs()
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines[half:-half] = [f"… {len(lines) - 2 * half} more lines …"]
    return "".join(f"{line}\n" for line in lines)


def _run(commands: list[str], state: Path) -> list[str]:
    """Run commands in one shell and return the output of each."""
    marked = (f"printf '{_START}'; eval {shlex.quote(one)}; printf '{_END}%d' $?" for one in commands)
    printed = _bash("\n".join(marked), state)
    found = re.findall(f"{_START}(.*?){_END}(\\d+)", printed, re.DOTALL)
    for command, (output, code) in zip(commands, found, strict=True):
        if code != "0":
            raise FoodctlError(f"`{command}` ended with {code}: {output}")
    return [output for output, _ in found]


def _bash(script: str, state: Path) -> str:
    environment = inherited_environment() | {
        "FOODAPP_STATE": str(state),
        "COLUMNS": str(WIDTH),
        "NO_COLOR": "1",
        "JUST_COLOR": "never",
    }
    done = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", script],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    return done.stdout
