"""A system started by the README's command, and its other commands."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from devservers.processes import Processes
from devservers.state import State
from foodctl.system import System
from foodctl.verify import Places, verify

ROOT = Path(__file__).parents[2]
_SECONDS = 180


@dataclass
class Running:
    """A system with its own state folder, and the output of its start."""

    state: State
    environment: dict[str, str]
    printed: str = ""

    def run(self, command: str, *, check: bool = True) -> str:
        """Run a command line of the README in this system, and return its output."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        assert done.returncode == 0 or not check, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def system(self) -> System:
        """Return the addresses that the start stored for other commands."""
        return System.load(self.state)

    def verify(self) -> None:
        """Check that every invariant holds."""
        report = verify(Places(self.system.database_urls, self.system.endpoints.rabbitmq_url))
        assert report.ok, report.violations

    def pid(self, service: str) -> int:
        """Return the process of a service."""
        record = Processes(self.state.run, self.state.logs).running(service)
        assert record is not None, f"{service} does not run"
        return record.pid
