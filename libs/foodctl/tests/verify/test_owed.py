from types import SimpleNamespace

import pytest

from foodctl.verify.journeys import owed


@pytest.mark.parametrize(
    ("responsible", "refunded", "wrong"),
    [
        ("courier", 2840, None),
        ("courier", 0, "undeliverable by the courier, and 2840 not returned"),
        ("platform", 2000, "undeliverable by the platform, and 840 not returned"),
        ("customer", 0, None),
        (None, 0, None),
    ],
)
def test_the_customer_pays_for_an_undeliverable_order_only_when_responsible(
    responsible: str | None, refunded: int, wrong: str | None
) -> None:
    order = SimpleNamespace(status="undeliverable", total=2840, keep=None, responsible=responsible)
    payment = SimpleNamespace(status="captured", captured=2840, refunded=refunded, for_cancel=refunded)

    assert owed(SimpleNamespace(order=order, payment=payment)) == wrong
