"""Verify distinguishes work in progress from violations by waiting until the system is idle or has progressed."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import aio_pika
import pytest
from typer.testing import CliRunner

from foodctl.cli import app
from foodctl.verify import Places, Violation, verify
from foodctl.verify.events import Flight

pytestmark = pytest.mark.xdist_group("verify")
World = Any
Tamper = Callable[..., Places]
TOO_LITTLE = "UPDATE orders SET keep = keep - 1 WHERE id = %(order)s"
RIGHT_AGAIN = "UPDATE orders SET keep = keep + 1 WHERE id = %(order)s"
SLEEP = "foodctl.verify.verification.time.sleep"
AN_EVENT = "INSERT INTO outbox (event_id, routing_key, body) VALUES (gen_random_uuid(), 'order.paid', '')"
SENT = "DELETE FROM outbox; UPDATE outbox_published SET count = count + 1 WHERE routing_key = 'order.paid'"
HANDLED = "INSERT INTO inbox (handler, event_id) VALUES ('on_order_paid', gen_random_uuid())"
PLACE = ("delivery_service", "order.paid")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def wrong(world: World) -> list[Violation]:
    return [Violation(4, world.orders["kept"], "has not paid what is owed")]


def test_a_violation_with_events_in_transit_is_undecided(world: World, tamper: Tamper) -> None:
    places = tamper("order_service", f"{TOO_LITTLE}; {AN_EVENT}", order=world.orders["kept"])

    report = verify(places, wait=0)

    assert report.violations == []
    assert report.undecided == wrong(world)
    assert report.waiting == ["1 events in the outbox of order-service"]
    assert not report.ok


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            """
            INSERT INTO effects (key, name, subject, payload, groups, asked_at, correlation_id, causation_id)
            VALUES ('a', 'authorize', gen_random_uuid(), '{}', '{}', now(), '', '')
            """,
            "1 effects of order-service",
        ),
        ("UPDATE deadlines SET due_at = now()", "deadlines of order-service that are due"),
    ],
)
def test_effects_and_deadlines_are_unfinished_work(statement: str, said: str, world: World, tamper: Tamper) -> None:
    places = tamper("order_service", f"{TOO_LITTLE}; {statement}", order=world.orders["kept"])

    report = verify(places, wait=0)

    assert (report.violations, report.undecided) == ([], wrong(world))
    assert said in report.waiting[0]


def test_messages_in_a_queue_are_unfinished_work(
    world: World, tamper: Tamper, parked_message: Callable[..., AbstractContextManager[None]]
) -> None:
    places = tamper("order_service", TOO_LITTLE, order=world.orders["kept"])

    with parked_message(str(places.broker), "delivery-service.order.paid", aio_pika.Message(b"{}")):
        report = verify(places, wait=0)

    assert (report.violations, report.undecided) == ([], wrong(world))
    assert report.waiting == ["1 messages in the queue delivery-service.order.paid"]


def test_verify_reports_what_it_waits_for(world: World, tamper: Tamper, monkeypatch: pytest.MonkeyPatch) -> None:
    places = tamper("order_service", f"{TOO_LITTLE}; {AN_EVENT}", order=world.orders["kept"])
    ended = partial(tamper, "order_service", f"{RIGHT_AGAIN}; DELETE FROM outbox", order=world.orders["kept"])
    monkeypatch.setattr(SLEEP, lambda _: ended())
    said: list[str] = []

    assert verify(places, say=said.append).ok
    assert said == ["waiting for 1 events in the outbox of order-service"]


def test_a_violation_in_an_idle_system_is_final(world: World, tamper: Tamper, monkeypatch: pytest.MonkeyPatch) -> None:
    places = tamper("order_service", f"{TOO_LITTLE}; {AN_EVENT}", order=world.orders["kept"])
    monkeypatch.setattr(SLEEP, lambda _: tamper("order_service", "DELETE FROM outbox"))
    monkeypatch.setattr("foodctl.verify.verification._QUIET", 0.1)

    report = verify(places)

    assert (report.violations, report.undecided, report.waiting) == (wrong(world), [], [])


def test_a_violation_that_persists_during_other_work_is_final(
    world: World, tamper: Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    tamper("order_service", f"{TOO_LITTLE}; {AN_EVENT}", order=world.orders["kept"])
    places = tamper("delivery_service", "SELECT")
    looks = count()

    def an_order_goes_by(_: float) -> None:
        next(looks)
        tamper("order_service", f"{SENT}; {AN_EVENT}")
        tamper("delivery_service", HANDLED)

    monkeypatch.setattr(SLEEP, an_order_goes_by)

    report = verify(places)

    assert (report.violations, report.undecided) == (wrong(world), [])
    assert next(looks) >= 8


def test_the_command_has_an_exit_code_for_undecided(
    world: World, tamper: Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = tamper("order_service", f"{TOO_LITTLE}; {AN_EVENT}", order=world.orders["kept"])
    monkeypatch.setenv("FOODAPP_DATABASE_URLS", json.dumps(dict(places.databases)))
    monkeypatch.setenv("FOODAPP_RABBITMQ_URL", str(places.broker))

    shown = CliRunner().invoke(app, ["verify", "--wait", "0"])

    assert shown.exit_code == 3
    assert "unfinished work: 1 events in the outbox of order-service" in shown.output
    assert "1 undecided" in shown.output
    assert "0 violations" in shown.output


BEFORE: dict[str, Any] = {
    "sent": Counter({"order.paid": 9}),
    "newest": {"order_service": 7},
    "at": {"order_service": NOW},
}
ENDED: dict[str, Any] = {
    "sent": Counter({"order.paid": 30}),
    "ended": Counter({PLACE: 9}),
    "oldest": {"order_service": 8},
}


@pytest.mark.parametrize(
    "left",
    [
        {"oldest": {"order_service": 7}},
        {"effects": {"order_service": NOW - timedelta(seconds=1)}},
        {"ended": Counter({PLACE: 8})},
        {"retried": 1},
    ],
)
def test_work_has_ended_when_none_of_it_remains(left: dict[str, Any]) -> None:
    assert Flight(**ENDED).after(Flight(**BEFORE))
    assert not Flight(**ENDED | left).after(Flight(**BEFORE))


def test_a_parked_message_is_not_unfinished() -> None:
    parked = ENDED | {"ended": Counter({PLACE: 8}), "parked": {"delivery_service": 1}}

    assert Flight(**parked).after(Flight(**BEFORE))
