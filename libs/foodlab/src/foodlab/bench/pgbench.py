"""pgbench with the rows of an order, as the reference for PostgreSQL on this machine."""

import re
import subprocess
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from shutil import which
from urllib.parse import unquote, urlsplit

from devservers import programs
from devservers.programs import find_programs
from devservers.settings import inherited_environment
from foodlab.bench.errors import MeasurementError

_TPS = re.compile(r"^tps = ([0-9.]+) \(without initial connection time\)$", re.MULTILINE)
_GRACE = 60.0
# Each round has its own range of ids.
_IDS_A_ROUND = 100_000_000


@dataclass(frozen=True)
class Pgbench:
    """pgbench on one database."""

    program: Path
    url: str
    clients: int

    def store(self, seconds: int, number: int) -> float:
        """Store orders for `seconds` in round `number`, and return the orders per second."""
        with as_file(files("foodlab.bench") / "store_order.sql") as script:
            done = self._run(
                "--no-vacuum",
                "--protocol=prepared",
                f"--client={self.clients}",
                f"--time={seconds}",
                f"--define=number={number * _IDS_A_ROUND}",
                f"--file={script}",
                seconds=seconds,
            )
        tps = _TPS.search(done.stdout)
        if done.returncode != 0 or tps is None:
            said = " / ".join(done.stderr.strip().splitlines()[-3:])
            raise MeasurementError(f"pgbench ended with exit code {done.returncode}: {said}")
        return float(tps[1])

    def _run(self, *options: str, seconds: int) -> subprocess.CompletedProcess[str]:
        database = urlsplit(self.url)
        login = {
            "PGHOST": database.hostname or "127.0.0.1",
            "PGPORT": str(database.port or 5432),
            "PGUSER": unquote(database.username or ""),
            "PGPASSWORD": unquote(database.password or ""),
            "PGDATABASE": database.path[1:],
        }
        environment = inherited_environment() | login
        try:
            return subprocess.run(
                [self.program, *options],
                env=environment,
                capture_output=True,
                text=True,
                timeout=seconds + _GRACE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise MeasurementError("pgbench did not end") from None


def find_pgbench() -> Path:
    """Find pgbench beside the server's programs or on the PATH."""
    bin_ = find_programs().postgres_bin
    if bin_ is not None and (beside := bin_ / "pgbench").exists():
        return beside
    if (on_path := which("pgbench")) is not None:
        return Path(on_path)
    raise MeasurementError(f"pgbench, the reference, comes with PostgreSQL: {programs.commands(['postgres'])}")
