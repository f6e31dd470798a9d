"""Each operation has exactly one effect, after a crash at any point."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from foodchassis import new_id
from foodchassis.testing import eventually
from foodchassis.testing.apps import booted
from payment_service.models import LedgerTransaction, Payment, ProviderEntry

if TYPE_CHECKING:
    from conftest import Stored

PROGRAM = Path(__file__).with_name("crashing.py")
POINTS = (
    "after_storing_the_effect",
    "before_the_request",
    "after_making_the_effect",
    "before_the_commit",
    "after_the_commit",
)
OUTCOMES = {
    ("authorize", "tok_ok"): ("authorized", ["authorize"], []),
    ("capture", "tok_ok"): ("captured", ["authorize", "capture"], ["capture"]),
    ("void", "tok_ok"): ("voided", ["authorize", "void"], []),
    ("void", "tok_capture_fails"): ("capture_failed", ["authorize", "capture", "void"], []),
    ("refund", "tok_ok"): ("refunded", ["authorize", "capture", "refund"], ["capture", "refund"]),
}


@pytest.mark.timeout(600)
async def test_each_request_has_one_effect_after_a_crash_at_any_point(
    service_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, stored_of: "type[Stored]"
) -> None:
    cases = {(*done, point): new_id() for done in OUTCOMES for point in POINTS}

    assert await run_crashes(service_environment, cases) == [-signal.SIGKILL] * len(cases)

    environment = {**service_environment, "EFFECT_LEASE": "1", "SWEEP_INTERVAL": "0.1"}
    async for app in booted("payment_service", environment, monkeypatch):
        stored = stored_of(app)
        await eventually(stored.all_answered, 60)
        found = await outcomes_of(stored)
    assert {case: found[order_id] for case, order_id in cases.items()} == {
        (*done, point): OUTCOMES[done] for done in OUTCOMES for point in POINTS
    }


async def run_crashes(environment: dict[str, str], cases: dict[tuple[str, str, str], UUID]) -> list[int]:
    """Run the crashing process with all cases, and return their results."""
    wanted = json.dumps([(str(order_id), *case) for case, order_id in cases.items()])
    program = await asyncio.create_subprocess_exec(
        sys.executable, PROGRAM, wanted, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await program.communicate()
    ends: list[int] = json.loads(output.splitlines()[-1])
    return ends


async def outcomes_of(stored: "Stored") -> dict[UUID, tuple[str, list[str], list[str]]]:
    """Return each order's payment with the operations in the provider's log and in the ledger."""
    payments = await stored.rows(Payment)
    holds, ids = ({getattr(one, name): one.order_id for one in payments} for name in ("hold", "id"))
    done: dict[UUID, list[str]] = {one.order_id: [] for one in payments}
    moved: dict[UUID, list[str]] = {one.order_id: [] for one in payments}
    for entry in await stored.rows(ProviderEntry):
        done[holds[entry.hold]].append(entry.operation)
    for movement in await stored.rows(LedgerTransaction):
        moved[ids[movement.payment_id]].append(movement.kind)
    return {one.order_id: (one.status, sorted(done[one.order_id]), sorted(moved[one.order_id])) for one in payments}
