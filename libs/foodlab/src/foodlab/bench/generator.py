"""Runs a load in a separate process, so that sending does not affect the measurement."""

import json
import subprocess
import sys
from dataclasses import asdict

from foodlab.bench.errors import MeasurementError
from foodlab.bench.load import Finding, Load

_GRACE = 60.0


def generate(what: str, load: Load) -> Finding:
    """Run a load; an unexpected response fails the measurement of `what`."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "foodlab.bench.load"],
            input=json.dumps(asdict(load)),
            capture_output=True,
            text=True,
            timeout=2 * load.seconds + _GRACE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MeasurementError(f"{what}: the load did not end") from None
    if done.returncode != 0:
        raise MeasurementError(f"{what}: {(done.stderr.strip() or 'the load generator died').splitlines()[-1]}")
    return Finding(**json.loads(done.stdout))
