"""A consistent system has no violations; a changed row is reported by exactly its invariant."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import aio_pika
import psycopg
import pytest
from rich.console import Console
from typer.testing import CliRunner

from foodchassis.kernel import Envelope
from foodchassis.storage import chassis
from foodctl.cli import app
from foodctl.errors import FoodctlError
from foodctl.verify import Places, Report, Violation, verify
from foodctl.verify.events import Tallies
from foodevents import OrderReady

pytestmark = pytest.mark.xdist_group("verify")
World = Any
Tamper = Callable[..., Places]
ParkedMessage = Callable[..., AbstractContextManager[None]]
ONE_MORE = "UPDATE outbox_published SET count = count + 1 WHERE routing_key = 'order.paid'"
TOO_LITTLE = "UPDATE orders SET keep = keep - 1 WHERE id = %(order)s"
RIGHT_AGAIN = "UPDATE orders SET keep = keep + 1 WHERE id = %(order)s"
# The change, its database and order, the violated invariant, and its description.
TAMPERED = {
    "an order is lost": (
        "order_service", "rejected", 1, "was accepted and is gone",
        """
        DELETE FROM order_history WHERE order_id = %(order)s;
        DELETE FROM order_lines WHERE order_id = %(order)s;
        DELETE FROM orders WHERE id = %(order)s
        """,
    ),
    "an order goes to another door": (
        "order_service", "delivered", 1, "is not what was accepted",
        """UPDATE orders SET delivery_address = delivery_address || '{"line1": "Elsewhere"}' WHERE id = %(order)s""",
    ),
    "a dish is swapped": (
        "order_service", "delivered", 1, "has other dishes than were accepted",
        "UPDATE order_lines SET menu_item_id = gen_random_uuid() WHERE order_id = %(order)s",
    ),
    "a timer never fires": (
        "order_service", "waiting", 2, "is past its deadline",
        "UPDATE deadlines SET due_at = now() - interval '3 minutes' WHERE subject = %(order)s",
    ),
    "an order waits for nobody": (
        "order_service", "waiting", 2, "waits without a deadline", "DELETE FROM deadlines WHERE subject = %(order)s",
    ),
    "nobody notices a silent driver": (
        "delivery_service", "assigned", 2, "is open without a deadline",
        "DELETE FROM deadlines WHERE subject = (SELECT id FROM deliveries WHERE order_id = %(order)s)",
    ),
    "a cancelled order is stuck": (
        "order_service", "kept", 2, "is stuck and needs attention",
        "UPDATE orders SET needs_attention = true WHERE id = %(order)s",
    ),
    "a step is missing": (
        "order_service", "delivered", 3, "has gaps in its history",
        """
        UPDATE orders SET version = version + 1 WHERE id = %(order)s;
        UPDATE order_history SET version = version + 1 WHERE order_id = %(order)s
        AND version = (SELECT max(version) FROM order_history WHERE order_id = %(order)s)
        """,
    ),
    "a step is none of the table": (
        "order_service", "assigned", 3, "took an illegal step",
        "UPDATE order_history SET trigger = 'reject' WHERE order_id = %(order)s AND version = 2",
    ),
    "a step tells another event": (
        "order_service", "assigned", 3, "took an illegal step",
        "UPDATE order_history SET event = 'order.delivered' WHERE order_id = %(order)s AND version = 2",
    ),
    "a status is changed by hand": (
        "order_service", "assigned", 3, "is not where its history ends",
        "UPDATE orders SET kitchen = 'ready' WHERE id = %(order)s",
    ),
    "the provider took more": (
        "payment_service", "delivered", 4, "differs between the ledger and the provider",
        """
        UPDATE provider_log SET amount = provider_log.amount + 1 FROM payments
        WHERE payments.hold = provider_log.hold AND operation = 'capture' AND order_id = %(order)s
        """,
    ),
    "too much is kept": (
        "order_service", "kept", 4, "has not paid what is owed",
        "UPDATE orders SET keep = keep - 1 WHERE id = %(order)s",
    ),
    "the ledger does not balance": (
        "payment_service", "assigned", 4, "has an unbalanced movement",
        """
        SET session_replication_role = replica;
        UPDATE ledger_entries SET amount = amount + 1 FROM ledger_transactions
        WHERE ledger_transactions.id = transaction_id AND account <> 'customer' AND payment_id =
        (SELECT id FROM payments WHERE order_id = %(order)s)
        """,
    ),
    "a payment is said to be released": (
        "payment_service", "waiting", 4, "has money that its payment's status denies",
        "UPDATE payments SET status = 'voided' WHERE order_id = %(order)s",
    ),
    "a payment is captured twice": (
        "payment_service", "assigned", 5, "was captured more than once",
        """
        DROP INDEX ledger_transactions_capture;
        INSERT INTO ledger_transactions (id, payment_id, kind, currency, at)
        SELECT gen_random_uuid(), id, 'capture', currency, now() FROM payments WHERE order_id = %(order)s;
        INSERT INTO ledger_entries SELECT id, 'customer', 0 FROM ledger_transactions
        WHERE NOT EXISTS (SELECT FROM ledger_entries WHERE transaction_id = id)
        """,
    ),
    "a driver has two deliveries": (
        "delivery_service", "assigned", 6, "has another driver than its delivery",
        """
        DROP INDEX deliveries_one_active_per_driver;
        UPDATE deliveries SET driver_id =
        (SELECT driver_id FROM deliveries WHERE order_id = %(other)s) WHERE order_id = %(order)s
        """,
    ),
    "a cancelled order is driven": (
        "delivery_service", "kept", 8, "is cancelled and under way",
        """
        UPDATE deliveries SET status = 'searching', ended_at = NULL WHERE order_id = %(order)s;
        INSERT INTO deadlines (name, subject, due_at)
        SELECT 'search.again', id, now() + interval '1 hour' FROM deliveries WHERE order_id = %(order)s
        """,
    ),
    "a cancelled order has a timer": (
        "order_service", "cancelled", 8, "is cancelled and has a timer",
        """
        INSERT INTO deadlines (name, subject, due_at)
        VALUES ('payment.unanswered', %(order)s, now() + interval '1 hour')
        """,
    ),
    "a price is changed": (
        "order_service", "delivered", 9, "has dishes with other prices than its customer was shown",
        "UPDATE order_lines SET unit_price = unit_price + 1, total = total + quantity WHERE order_id = %(order)s",
    ),
    "an option is counted twice": (
        "order_service", "delivered", 9, "has dishes with other prices than its customer was shown",
        "UPDATE order_lines SET options = options || options WHERE order_id = %(order)s",
    ),
    "a rate has another tax": (
        "order_service", "delivered", 9, "does not sum up",
        "UPDATE orders SET taxes = jsonb_set(taxes, '{0,tax}', '1') WHERE id = %(order)s",
    ),
    "a payment has another tax on its fees": (
        "payment_service", "assigned", 9, "is taxed otherwise than its payment",
        "UPDATE payments SET fee_tax = fee_tax + 1 WHERE order_id = %(order)s",
    ),
    "a payment forgets that prices include the tax": (
        "payment_service", "assigned", 9, "is taxed otherwise than its payment",
        "UPDATE payments SET prices_include_tax = NOT prices_include_tax WHERE order_id = %(order)s",
    ),
    "a charge differs from the order": (
        "payment_service", "declined", 9, "is charged other than its total",
        "UPDATE payments SET amount = amount + 1, tip = tip + 1 WHERE order_id = %(order)s",
    ),
}  # fmt: skip


def red(report: Report) -> set[int]:
    return {one.invariant for one in report.violations}


def test_a_consistent_system_has_no_violations(world: World) -> None:
    report = verify(world.places, wait=0)

    assert report.violations == []
    assert all(report.checked[invariant] > 0 for invariant in range(1, 10))


@pytest.mark.parametrize("what", TAMPERED)
def test_a_changed_row_is_reported(what: str, world: World, tamper: Tamper) -> None:
    package, order, invariant, says, statements = TAMPERED[what]
    places = tamper(package, statements, order=world.orders[order], other=world.orders["other"])

    report = verify(places, wait=0)

    assert Violation(invariant, world.orders[order], says) in report.violations
    assert red(report) == {invariant}, report.violations


def test_a_lost_event_is_reported(tamper: Tamper) -> None:
    places = tamper(
        "delivery_service",
        """
        DELETE FROM inbox WHERE (handler, event_id) =
        (SELECT handler, event_id FROM inbox WHERE handler = 'on_order_paid' LIMIT 1)
        """,
    )

    report = verify(places, wait=0)

    assert report.violations == [Violation(7, "delivery-service order.paid", "was sent and not handled")]
    assert report.violations[0].detail == "1 of 4, with 0 parked"


def pruned(tamper: Tamper, package: str) -> Places:
    old = "UPDATE inbox SET received_at = now() - interval '15 days'"
    bounds = dict.fromkeys(("unclear_from", "unclear_to"), str(UUID(int=0)))
    return tamper(package, f"{old}; {chassis.PRUNE_INBOX}", days="14", limit="1000", **bounds)


def test_handled_events_deleted_by_retention_still_count(tamper: Tamper) -> None:
    for package in ("order_service", "payment_service", "delivery_service"):
        places = pruned(tamper, package)
        with psycopg.connect(places.databases[package]) as connection:
            assert connection.execute("SELECT count(*) FROM inbox").fetchone() == (0,)

    assert verify(places, wait=0).violations == []


def test_a_lost_event_is_reported_after_retention_deleted_others(tamper: Tamper) -> None:
    tamper("order_service", ONE_MORE)
    places = pruned(tamper, "delivery_service")

    assert verify(places, wait=0).violations == [
        Violation(7, "delivery-service order.paid", "was sent and not handled")
    ]


def test_an_event_that_was_never_sent_is_reported(tamper: Tamper) -> None:
    fewer = "UPDATE outbox_published SET count = count - 1 WHERE routing_key = 'order.paid'"

    assert verify(tamper("order_service", fewer), wait=0).violations == [
        Violation(7, "delivery-service order.paid", "was handled and never sent")
    ]


def test_a_parked_event_is_not_lost(tamper: Tamper, parked_message: ParkedMessage) -> None:
    lost = tamper("order_service", ONE_MORE)
    assert red(verify(lost, wait=0)) == {7}

    with parked_message(str(lost.broker), "delivery-service.dead", aio_pika.Message(b"{}")):
        assert verify(lost, wait=0).ok


def a_letter() -> aio_pika.Message:
    """A dead letter of delivery-service."""
    event = OrderReady(order_id=uuid4(), customer_id=uuid4(), restaurant_id=uuid4())
    cause = {"sequence": 1, "correlationid": "a-request", "causationid": "a-request"}
    data = event.model_dump(mode="json")
    envelope = Envelope(source="/order-service", type=event.event_type, subject=event.order_id, data=data, **cause)
    headers: dict[str, Any] = {"x-queue": "delivery-service.order.ready", "x-reason": "ValueError: no such order"}
    return aio_pika.Message(envelope.model_dump_json().encode(), headers=headers, message_id=str(envelope.id))


def test_a_dropped_event_is_reported_and_not_lost(
    tamper: Tamper, parked_message: ParkedMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tamper("order_service", ONE_MORE.replace("order.paid", "order.ready"))
    places = tamper("delivery_service", "SELECT")

    with parked_message(str(places.broker), "delivery-service.dead", a_letter()):
        dropped = run(places, monkeypatch, "dlq", "drop", "--all", "--yes")
    report = run(places, monkeypatch)

    assert "1 dropped" in dropped.output, dropped.output
    assert report.exit_code == 0, report.output
    assert "delivery-service order.ready: 1 dropped by operators" in report.output


def test_a_lost_event_beside_a_dropped_one_is_reported(tamper: Tamper) -> None:
    tamper("order_service", f"{ONE_MORE}; {ONE_MORE}")
    places = tamper(
        "delivery_service",
        "INSERT INTO dropped_events (handler, event_id, reason) VALUES ('on_order_paid', gen_random_uuid(), 'old')",
    )

    [violation] = verify(places, wait=0).violations

    assert violation == Violation(7, "delivery-service order.paid", "was sent and not handled")
    assert violation.detail.startswith("1 of ")


def test_a_dropped_event_that_arrives_again_counts_once(tamper: Tamper) -> None:
    tamper("order_service", ONE_MORE)
    places = tamper(
        "delivery_service",
        "INSERT INTO dropped_events (handler, event_id, reason) SELECT handler, event_id, 'old' FROM inbox",
    )

    assert red(verify(places, wait=0)) == {7}


def test_events_before_the_start_of_counting_are_ignored(tamper: Tamper) -> None:
    places = tamper(
        "delivery_service",
        "INSERT INTO inbox (handler, event_id) SELECT handler, %(before)s FROM inbox GROUP BY handler",
        before=str(UUID(int=1)),
    )
    assert red(verify(places, wait=0)) == {7}

    for package in ("order_service", "user_service"):
        places = tamper(package, "INSERT INTO outbox_counted VALUES (%(since)s)", since=str(UUID(int=2)))

    assert verify(places, wait=0).violations == []


def test_a_violation_that_resolves_in_time_is_not_reported(
    world: World, tamper: Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = tamper("order_service", TOO_LITTLE, order=world.orders["kept"])
    repair = partial(tamper, "order_service", RIGHT_AGAIN, order=world.orders["kept"])
    monkeypatch.setattr("foodctl.verify.verification.time.sleep", lambda _: repair())

    assert verify(places, wait=60).ok


def test_events_in_transit_are_not_lost() -> None:
    place = ("delivery_service", "order.paid")
    before = Tallies(sent=Counter({"order.paid": 9}), handled=Counter({place: 7}))
    before.violations = [Violation(7, "delivery-service order.paid", "was sent and not handled")]
    later = Tallies(sent=Counter({"order.paid": 30}), handled=Counter({place: 9}))
    lost = Tallies(sent=Counter({"order.paid": 30}), handled=Counter({place: 8}))

    assert before.confirmed_by(later) == []
    assert before.confirmed_by(lost) == before.violations


def test_a_missing_index_is_reported(tamper: Tamper) -> None:
    [violation] = verify(tamper("delivery_service", "DROP INDEX deliveries_one_active_per_driver"), wait=0).violations

    assert violation == Violation(6, "deliveries(driver_id) where …", "is not held by a unique index")


def run(places: Places, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    monkeypatch.setenv("FOODAPP_DATABASE_URLS", json.dumps(dict(places.databases)))
    monkeypatch.setenv("FOODAPP_RABBITMQ_URL", str(places.broker))
    return CliRunner().invoke(app, words or ["verify", "--wait", "0"])


def test_the_command_reports_and_exits(
    world: World, tamper: Tamper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, metrics = tmp_path / "report.json", tmp_path / "verify.prom"
    words = ("verify", "--wait", "0", "--json", str(report), "--metrics", str(metrics))

    green = run(world.places, monkeypatch, *words)

    assert green.exit_code == 0, green.output
    assert "all invariants hold" in green.output
    assert json.loads(report.read_text())["ok"] is True
    assert 'foodapp_invariant_violations{invariant="4"} 0' in metrics.read_text()

    order = world.orders["kept"]
    failed = run(tamper("order_service", TOO_LITTLE, order=order), monkeypatch, *words)

    assert failed.exit_code == 1
    assert order in failed.output
    [violation] = json.loads(report.read_text())["violations"]
    assert (violation["invariant"], violation["subject"]) == (4, order)
    assert 'foodapp_invariant_violations{invariant="4"} 1' in metrics.read_text()


def test_an_unreachable_database_is_a_one_line_error(world: World) -> None:
    url = urlsplit(world.places.databases["order_service"])._replace(path="/nowhere").geturl()

    with pytest.raises(FoodctlError, match="the databases cannot be read"):
        verify(Places({**world.places.databases, "order_service": url}), wait=0)


def test_verify_reports_an_unreachable_broker(world: World) -> None:
    url = urlsplit(str(world.places.broker))._replace(path="/nowhere").geturl()

    with pytest.raises(FoodctlError, match="the queues of the broker cannot be read"):
        verify(Places(world.places.databases, url), wait=0)


def test_a_long_list_is_shortened() -> None:
    violations = [Violation(3, f"order-{number}", "has gaps in its history") for number in range(12)]
    console = Console(record=True, width=120, file=StringIO())

    Report(Counter({3: 12}), violations, 0.1).show(console)

    text = console.export_text()
    assert "order-9" in text
    assert "order-10" not in text
    assert "and 2 more" in text
