"""Runs many histories on all cores, and searches planted bugs."""

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from foodchassis.kernel import Decision
from foodevents import DeliveryNoDriver
from foodlab.chart import bars
from foodlab.simulation.history import SOUND, History
from foodlab.simulation.plan import Choices
from foodlab.simulation.shell import Fault, Node, OutboxEntry, Provider, Shell, Work
from foodlab.simulation.world import SERVICES, Parts
from payment_service.models import Operation, PaymentStatus
from payment_service.rules.commands import Answer

CLOSE = "order.cancel_requested"


def shell(**methods: Callable[..., Any]) -> Parts:
    """Replace methods of the shell."""
    return Parts(shell=type("Buggy", (Shell,), methods))


def provider(**methods: Callable[..., Any]) -> Parts:
    """Replace the request to the provider."""
    return Parts(provider=type("Buggy", (Provider,), methods))


def spoiling(service: str, spoil: Callable[[Any, Decision[Any], str], Decision[Any]]) -> Parts:
    """Change the decisions of a service."""

    def decide(row: Any, trigger: str, **given: Any) -> Decision[Any]:
        decision = SERVICES[service][0].decide(row, trigger, **given)
        return decision if row is None else spoil(row, decision, trigger)

    return Parts({service: decide})


def ignoring(service: str, trigger: str, when: Callable[[Any], bool] = lambda _: True) -> Parts:
    """Make a service ignore `trigger`."""
    return spoiling(service, lambda row, decision, name: Decision(row) if name == trigger and when(row) else decision)


def reading(service: str, **facts: Any) -> Parts:
    """Make a service decide with these values in its row and event."""

    def copied(one: Any) -> Any:
        known = {name: value for name, value in facts.items() if hasattr(one, name)}
        return one.model_copy(update=known) if known else one

    def decide(row: Any, trigger: str, *, event: Any, **given: Any) -> Decision[Any]:
        return SERVICES[service][0].decide(copied(row), trigger, event=copied(event), **given)

    return Parts({service: decide})


def unstored(part: str) -> Parts:
    """Do a part of the decision after the commit without storing it, so that a crash loses it."""

    def commit(self: Shell, node: Node, work: Work, fault: Fault) -> None:
        lost: dict[str, Any] = {} if fault is Fault.NONE else {part: ()}
        Shell.commit(self, node, replace(work, decision=replace(work.decision, **lost)), fault)

    return shell(commit=commit)


def without_key(operation: Operation) -> Parts:
    """Send an operation to the provider without a key, so that a repeat is a new operation."""
    return provider(known=lambda self, key: None if f":{operation}" in key else Provider.known(self, key))


def _acknowledge_first(self: Shell, node: Node, work: Work, fault: Fault) -> None:
    self.queue = [one for one in self.queue if one.node is not node or one.entry is not work.claimed]
    Shell.commit(self, node, work, fault)


def _publish_first(self: Shell, node: Node, work: Work, fault: Fault) -> None:
    for number, (event, _) in enumerate(work.decision.events):
        self.send(OutboxEntry(number, event))
    Shell.commit(self, node, replace(work, decision=replace(work.decision, events=())), fault)


def _delete_first(self: Shell, node: Node, entry: OutboxEntry, fault: Fault) -> str:
    says = Shell.relay(self, node, entry, fault)
    node.outbox = [one for one in node.outbox if one is not entry]
    return says


def _ask_first(self: Shell, node: Node, work: Work, fault: Fault) -> None:
    for effect in work.decision.effects:
        self.ask(node, effect, Fault.NONE)
    Shell.commit(self, node, work, fault)


def _make_up(self: Provider, key: str, wanted: Any) -> Answer:
    return Answer(key, wanted["hold"]) if wanted["operation"] == Operation.VOID else Provider.ask(self, key, wanted)


def _any_answer(row: Any, trigger: str, *, event: Any, **given: Any) -> Decision[Any]:
    asking = {"asking": event.key.removeprefix(f"{row.id}:")} if isinstance(event, Answer) else {}
    return SERVICES["payment"][0].decide(row and row.model_copy(update=asking), trigger, event=event, **given)


def _driver_kept(before: Any, decision: Decision[Any], trigger: str) -> Decision[Any]:
    kept = {"offers": before.offers} if trigger == CLOSE else {}
    return replace(decision, row=decision.row.model_copy(update=kept))


def _silently(_: Any, decision: Decision[Any], __: str) -> Decision[Any]:
    return replace(decision, events=tuple(e for e in decision.events if not isinstance(e.event, DeliveryNoDriver)))


BUGS = {
    "no inbox": shell(handled=lambda *_: False),
    "acknowledged before the commit": shell(commit=_acknowledge_first),
    "published before the commit": shell(commit=_publish_first),
    "published after the commit, without an outbox": unstored("events"),
    "outbox row deleted before the broker confirms": shell(relay=_delete_first),
    "effect asked before the commit": shell(commit=_ask_first),
    "effect asked after the commit, and not stored": unstored("effects"),
    "answer applied twice": replace(shell(answered=lambda *_: False), decisions={"payment": _any_answer}),
    "capture without a key": without_key(Operation.CAPTURE),
    "refund without a key": without_key(Operation.REFUND),
    "void lost": provider(ask=_make_up),
    "cancel dropped by payment": ignoring("payment", CLOSE),
    "late authorisation not voided": ignoring("payment", "order.payment_failed"),
    "late cancel not refunded": ignoring("payment", CLOSE, lambda row: row.status is PaymentStatus.CAPTURED),
    "refund ignores what is kept": reading("payment", keep=0),
    "food kept at every cancellation": reading("payment", keep=2_000),
    "courier's failure charged to the customer": reading("payment", responsible="customer"),
    "cancel frees no driver": spoiling("delivery", _driver_kept),
    "cancel ignored by delivery": ignoring("delivery", CLOSE),
    "no driver found, and not published": spoiling("delivery", _silently),
    "stale driver replaces the present one": reading("order", lost_drivers=[]),
    "cancelled after one confirmation": reading("order", delivery_closed=True),
    "erased owner's order goes on": ignoring("order", "owner.erased"),
}


SEEDS_OF_A_BUG, CHUNK, MOST_SHOWN = 1_000, 500, 20


def play(parts: Parts, seeds: range) -> dict[int, list[str]]:
    """Run a history for each seed, and return those that violate an invariant."""
    outcomes = ((seed, History(Choices(seed), parts).run()) for seed in seeds)
    return {seed: broken for seed, broken in outcomes if broken}


def show(seeds: range, tell: Callable[[str], None]) -> bool:
    """Print the history of each seed, step by step, and its violations; return False when there are any."""
    good = True
    for seed in seeds:
        tell(f"seed {seed}")
        broken = History(Choices(seed), SOUND, tell).run()
        tell(f"broken: {'; '.join(broken)}" if broken else "every invariant holds")
        good = good and not broken
    return good


def hunt(name: str, first: int = 0) -> int | None:
    """Return the first seed that finds a planted bug."""
    seeds = range(first, first + SEEDS_OF_A_BUG)
    return next((seed for seed in seeds if History(Choices(seed), BUGS[name]).run()), None)


def draw(firsts: Mapping[str, int | None], start: int) -> str:
    """Draw the number of histories until each bug is found; a missed bug has the longest bar."""
    taken = {name: SEEDS_OF_A_BUG if seed is None else seed - start + 1 for name, seed in firsts.items()}
    return bars("histories until a planted bug is found", {name: {"histories": n} for name, n in taken.items()}, 0)


def run(seeds: range, tell: Callable[[str], None], chart: Path | None = None) -> bool:
    """Run every seed and search every planted bug, on all cores; return False on a violation or a missed bug.

    Writes a chart of the histories needed to find each bug.
    """
    began, violations = time.perf_counter(), dict[int, list[str]]()
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    # Spawned processes: forking a process with threads may hang.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        found = pool.map(partial(hunt, first=seeds.start), BUGS)
        for broken in pool.map(partial(play, SOUND), chunks):
            violations |= broken
        firsts = dict(zip(BUGS, found, strict=True))
    missed = [name for name, seed in firsts.items() if seed is None]
    for seed in sorted(violations)[:MOST_SHOWN]:
        tell(f"seed {seed}: {'; '.join(violations[seed])}")
    for name in missed:
        tell(f"not found: {name}")
    if chart is not None:
        chart.parent.mkdir(parents=True, exist_ok=True)
        chart.write_text(draw(firsts, seeds.start))
        tell(f"chart: {chart}")
    bugs = f"{len(BUGS) - len(missed)} of {len(BUGS)} planted bugs found"
    tell(f"{len(seeds):,} histories, {len(violations):,} violations, {bugs}, {time.perf_counter() - began:.1f} s")
    return not (violations or missed)
