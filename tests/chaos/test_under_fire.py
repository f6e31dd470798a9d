"""Two minutes of chaos: real orders on a separate system, with the most severe faults."""

import os
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from foodlab.chaos.campaign import Campaign
from foodlab.chaos.faults import FAULTS
from foodlab.chaos.plan import plan

SEED = 20
SHORT = (
    *("kill", "freeze", "kill-server", "restart-server", "terminate", "lock", "flush"),
    *("latency", "reset", "half-open", "duplicate", "late", "reorder", "poison"),
)


@pytest.mark.chaos_short
@pytest.mark.timeout(600)
async def test_no_order_is_lost_or_duplicated(tmp_path: Path) -> None:
    planned = plan({kind: FAULTS[kind].targets for kind in SHORT}, 60, int(os.environ.get("SEED", SEED)))
    printed = StringIO()

    outcome = await Campaign(planned, 300, 5, tmp_path / "chaos", Console(file=printed)).run("just chaos")

    assert outcome.problems == [], printed.getvalue()
    assert outcome.counters.attempted == 300
    assert outcome.counters.ok + outcome.counters.recovered + outcome.counters.indeterminate == 300
    assert outcome.counters.ok >= 290
    assert sum(not one.problem for one in outcome.bands) >= 10
