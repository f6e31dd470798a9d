from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodchassis import new_id, now
from foodevents import Bill
from payment_service.models import Ending, PaymentFacts, PaymentStatus
from payment_service.rules.sharing import Shares, fewer, shares, shares_of

PARTS = st.integers(min_value=0, max_value=100_000_000)
NET = st.builds(Bill, subtotal=PARTS, delivery_fee=PARTS, service_fee=PARTS, tax=PARTS, tip=PARTS)


@st.composite
def gross(draw: st.DrawFn) -> Bill:
    """Return a bill whose prices include the tax, with at most all of the fees taxed."""
    food, delivery, service, tip = (draw(PARTS) for _ in range(4))
    fee_tax = draw(st.integers(min_value=0, max_value=delivery + service))
    return Bill(
        subtotal=food,
        delivery_fee=delivery,
        service_fee=service,
        tax=0,
        tip=tip,
        prices_include_tax=True,
        fee_tax=fee_tax,
    )


BILLS = st.one_of(NET, gross())
COMMISSIONS = st.integers(min_value=0, max_value=10_000)
ENDINGS = st.sampled_from(Ending)
DINNER = Bill(subtotal=2000, delivery_fee=300, service_fee=100, tax=240, tip=150)


def total_of(bill: Bill) -> int:
    return bill.subtotal + bill.delivery_fee + bill.service_fee + bill.tax + bill.tip


@given(BILLS, COMMISSIONS, ENDINGS, st.data())
def test_shares_sum_to_the_amount_not_refunded(
    bill: Bill, commission: int, ending: Ending, data: st.DataObject
) -> None:
    total = total_of(bill)
    refunded = data.draw(st.integers(min_value=0, max_value=total))

    shared = astuple(shares(bill, commission, ending, refunded))

    assert sum(shared) == total - refunded
    assert min(shared) >= 0


@given(BILLS, COMMISSIONS, ENDINGS, st.data())
def test_no_share_grows_by_a_refund(bill: Bill, commission: int, ending: Ending, data: st.DataObject) -> None:
    total = total_of(bill)
    less, more = sorted(data.draw(st.tuples(*2 * [st.integers(min_value=0, max_value=total)])))

    lost = fewer(shares(bill, commission, ending, less), shares(bill, commission, ending, more))

    assert max(astuple(lost)) <= 0
    assert sum(astuple(lost)) == less - more


@pytest.mark.parametrize(
    ("ending", "refunded", "expected"),
    [
        # Food 2000, its tax 200, the commission 300.
        ("delivered", 0, Shares(restaurant=1900, driver=450, platform=400, tax=40)),
        ("undeliverable", 0, Shares(restaurant=1900, driver=450, platform=400, tax=40)),
        ("delivered", 500, Shares(restaurant=1400, driver=450, platform=400, tax=40)),
        ("delivered", 2000, Shares(restaurant=0, driver=450, platform=300, tax=40)),
        ("delivered", 2400, Shares(restaurant=0, driver=350, platform=0, tax=40)),
        ("delivered", 2790, Shares(restaurant=0, driver=0, platform=0, tax=0)),
        # The food is kept; the fees, the tip and their tax are refunded.
        ("cancelled", 590, Shares(restaurant=1900, driver=0, platform=300, tax=0)),
        ("cancelled", 2790, Shares(restaurant=0, driver=0, platform=0, tax=0)),
    ],
)
def test_a_payment_is_divided_into_shares(ending: str, refunded: int, expected: Shares) -> None:
    assert shares(DINNER, 1500, Ending(ending), refunded) == expected


def test_tax_included_in_fees_is_not_paid_out() -> None:
    """Of 4.00 in fees 0.67 are tax, and three quarters of it belong to the driver's part."""
    paris = DINNER.model_copy(update={"tax": 0, "prices_include_tax": True, "fee_tax": 67})

    assert paris.net_fees == (250, 83)
    assert shares(paris, 1500, Ending.DELIVERED, 0) == Shares(restaurant=1700, driver=400, platform=383, tax=67)


def test_tax_on_fees_is_read_from_the_order() -> None:
    """Food and fees with different rates do not share the tax in proportion."""
    dinner = DINNER.model_copy(update={"fee_tax": 80})

    assert shares(dinner, 1500, Ending.DELIVERED, 0) == Shares(restaurant=1860, driver=450, platform=400, tax=80)


def test_the_commission_is_exact_for_any_order_size() -> None:
    large = Bill(subtotal=100_000_000, delivery_fee=0, service_fee=0, tax=0, tip=0)

    assert shares(large, 1500, Ending.DELIVERED, 0) == Shares(85_000_000, 0, 15_000_000, 0)


@pytest.mark.parametrize(
    ("driven", "ending", "refunded", "expected"),
    [
        (True, Ending.DELIVERED, 0, Shares(1900, 450, 400, 40)),
        (False, Ending.UNDELIVERABLE, 0, Shares(1900, 0, 850, 40)),
        (True, Ending.CANCELLED, 100, Shares(1900, 350, 400, 40)),
    ],
)
def test_the_platform_gets_the_share_without_a_courier(
    driven: bool, ending: Ending, refunded: int, expected: Shares
) -> None:
    payment = PaymentFacts(
        id=new_id(), order_id=new_id(), customer_id=new_id(), amount=2790, currency="EUR", ending=ending,
        status=PaymentStatus.CAPTURED, created_at=now(), updated_at=now(), commission_bp=1500,
        driver_id=new_id() if driven else None, **DINNER.model_dump(),
    )  # fmt: skip

    assert shares_of(payment, refunded) == expected
