"""The business metrics of payments and refunds."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import httpx2
import pytest
from prometheus_client import REGISTRY

from foodchassis import new_id
from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer
from payment_service.models import PaymentStatus

if TYPE_CHECKING:
    from conftest import Deliver, Order, Stored


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_a_refund_is_timed_from_request_to_completion(
    client: httpx2.AsyncClient,
    issuer: Issuer,
    stored: "Stored",
    deliver: "Deliver",
    order: "Order",
    published: Callable[[], Awaitable[list[Envelope]]],
) -> None:
    await deliver(order.created)
    await deliver(order.accepted())
    before = value("payment_refund_seconds_count"), value("payments_total", status="refunded")
    headers = {**issuer.bearer("admin"), "Idempotency-Key": str(new_id())}
    answer = await client.post(
        f"/payments/{(await stored.payment()).id}/refunds", json={"reason": "x"}, headers=headers
    )

    assert answer.status_code == 201
    assert (value("payment_refund_seconds_count"), value("payments_total", status="refunded")) == tuple(
        count + 1 for count in before
    )


@pytest.mark.parametrize("status", [status for status in PaymentStatus if status is not PaymentStatus.AUTHORIZING])
def test_every_status_has_a_series_before_the_first_payment(status: PaymentStatus) -> None:
    assert REGISTRY.get_sample_value("payments_total", {"status": status}) is not None


def test_every_reason_for_attention_has_a_series_from_the_start() -> None:
    for what in ("refund_refused", "hold_kept", "hold_unused", "provider_silent", "ending_unknown"):
        assert REGISTRY.get_sample_value("payments_needing_attention_total", {"what": what}) is not None
