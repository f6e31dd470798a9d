"""Every open state of a payment has a deadline."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from payment_service.handlers import events
from payment_service.machine import PAYMENT
from payment_service.models import PaymentFacts, PaymentStatus
from payment_service.rules import deadlines
from payment_service.rules.deadlines import DEADLINES
from payment_service.rules.policy import Policy
from payment_service.settings import PaymentSettings

OPEN = sorted(set(PaymentStatus) - PAYMENT.terminal)


def a_payment(status: str, **facts: Any) -> PaymentFacts:
    at = datetime(2026, 11, 27, tzinfo=UTC)
    asking = "authorize" if status == "authorizing" else None
    usual: dict[str, Any] = {
        "id": UUID(int=1), "order_id": UUID(int=2), "customer_id": UUID(int=3), "amount": 1, "currency": "EUR",
        "hold": "h", "status": status, "asking": asking, "created_at": at, "updated_at": at,
    }  # fmt: skip
    return PaymentFacts(**{**usual, **facts})


@pytest.mark.parametrize("status", OPEN)
def test_every_open_payment_has_a_deadline(status: str) -> None:
    assert deadlines.running(a_payment(status))


@pytest.mark.parametrize("status", sorted(PAYMENT.terminal))
def test_an_ended_payment_has_no_deadline(status: str) -> None:
    assert deadlines.running(a_payment(status)) == {}


@pytest.mark.parametrize(
    ("status", "facts", "runs"),
    [
        ("authorizing", {}, {"provider.silent": "authorize"}),
        ("authorized", {}, {"hold.unused": "authorized"}),
        ("authorized", {"asking": "void"}, {"provider.silent": "void", "hold.unused": "authorized"}),
        ("captured", {}, {"ending.unknown": "ending"}),
        ("partially_refunded", {}, {"ending.unknown": "ending"}),
        ("captured", {"asking": "r"}, {"provider.silent": "r", "ending.unknown": "ending"}),
        ("captured", {"ending": "delivered"}, {}),
        ("capture_failed", {"asking": "void"}, {"provider.silent": "void"}),
    ],
)
def test_deadlines_depend_on_the_facts(status: str, facts: dict[str, Any], runs: dict[str, str]) -> None:
    assert deadlines.running(a_payment(status, **facts)) == runs


def test_a_payment_not_yet_stored_has_no_deadline() -> None:
    assert deadlines.running(None) == {}


@pytest.mark.parametrize("deadline", DEADLINES, ids=lambda one: one.name)
def test_every_deadline_has_a_setting_and_a_handler(deadline: deadlines.Deadline) -> None:
    assert deadline.name in events.deadlines
    assert deadline.setting in {field.name for field in fields(Policy)}
    assert getattr(PaymentSettings(), deadline.setting) > timedelta()
    assert deadline.consequence
    assert set(deadline.states) <= set(PaymentStatus)


def test_every_handled_deadline_is_in_the_table() -> None:
    assert set(events.deadlines) == {one.name for one in DEADLINES} | {deadlines.REFUND_UNFINISHED}


def test_the_documentation_shows_the_table() -> None:
    silent, unused, endless = deadlines.rows()

    assert silent == (
        "authorizing, authorized, captured, partially_refunded, capture_failed", "provider.silent", "provider_silence",
        "needs attention; the request to the provider is repeated",
    )  # fmt: skip
    assert unused == (
        "authorized", "hold.unused", "hold_unused", "the hold is voided, and the payment needs attention",
    )  # fmt: skip
    assert endless == ("captured, partially_refunded", "ending.unknown", "ending_unknown", "needs attention")
