from dataclasses import asdict, astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodchassis import new_id, now
from payment_service.models import Ending, PaymentFacts, PaymentStatus
from payment_service.rules.sharing import Bill, Shares, fewer, part, shares, shares_of

PARTS = st.integers(min_value=0, max_value=100_000_000)
BILLS = st.builds(Bill, PARTS, PARTS, PARTS, PARTS, PARTS)
COMMISSIONS = st.integers(min_value=0, max_value=10_000)
ENDINGS = st.sampled_from(Ending)
DINNER = Bill(subtotal=2000, delivery_fee=300, service_fee=100, tax=240, tip=150)


@given(BILLS, COMMISSIONS, ENDINGS, st.data())
def test_shares_sum_to_what_was_not_given_back(
    bill: Bill, commission: int, ending: Ending, data: st.DataObject
) -> None:
    total = sum(astuple(bill))
    refunded = data.draw(st.integers(min_value=0, max_value=total))

    shared = astuple(shares(bill, commission, ending, refunded))

    assert sum(shared) == total - refunded
    assert min(shared) >= 0


@given(BILLS, COMMISSIONS, ENDINGS, st.data())
def test_nobody_gains_by_a_refund(bill: Bill, commission: int, ending: Ending, data: st.DataObject) -> None:
    total = sum(astuple(bill))
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
        # The food is kept, and the fees, the tip and their tax went back.
        ("cancelled", 590, Shares(restaurant=1900, driver=0, platform=300, tax=0)),
        ("cancelled", 2790, Shares(restaurant=0, driver=0, platform=0, tax=0)),
    ],
)
def test_a_dinner_is_shared_out(ending: str, refunded: int, expected: Shares) -> None:
    assert shares(DINNER, 1500, Ending(ending), refunded) == expected


@pytest.mark.parametrize(
    ("amount", "numerator", "denominator", "expected"),
    [(10, 1, 4, 3), (9, 1, 4, 2), (11, 1, 4, 3), (1, 1, 2, 1), (0, 5, 7, 0), (7, 7, 7, 7), (5, 0, 3, 0)],
)
def test_a_part_is_rounded_half_up(amount: int, numerator: int, denominator: int, expected: int) -> None:
    assert part(amount, numerator, denominator) == expected


def test_tax_on_nothing_is_the_states() -> None:
    assert shares(Bill(0, 0, 0, 7, 0), 1500, Ending.DELIVERED, 0) == Shares(0, 0, 0, 7)


def test_the_commission_is_exact_however_large_the_order() -> None:
    assert shares(Bill(100_000_000, 0, 0, 0, 0), 1500, Ending.DELIVERED, 0) == Shares(85_000_000, 0, 15_000_000, 0)


@pytest.mark.parametrize(
    ("driven", "ending", "refunded", "expected"),
    [
        (True, Ending.DELIVERED, 0, Shares(1900, 450, 400, 40)),
        (False, Ending.UNDELIVERABLE, 0, Shares(1900, 0, 850, 40)),
        (True, Ending.CANCELLED, 100, Shares(1900, 350, 400, 40)),
    ],
)
def test_what_no_courier_earned_stays_with_the_platform(
    driven: bool, ending: Ending, refunded: int, expected: Shares
) -> None:
    payment = PaymentFacts(
        id=new_id(), order_id=new_id(), customer_id=new_id(), amount=2790, currency="EUR", ending=ending,
        status=PaymentStatus.CAPTURED, created_at=now(), updated_at=now(), commission_bp=1500,
        driver_id=new_id() if driven else None, **asdict(DINNER),
    )  # fmt: skip

    assert shares_of(payment, refunded) == expected
