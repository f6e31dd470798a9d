from dataclasses import astuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_service.models import TransactionKind
from payment_service.rules import ledger
from payment_service.rules.ledger import Movement
from payment_service.rules.sharing import Shares, fewer

AMOUNTS = st.integers(min_value=0, max_value=10**15)
SHARES = st.builds(Shares, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
# Fixed, because test workers must collect the same names.
RESTAURANT, DRIVER, REFUND, SETTLEMENT = (UUID(int=n) for n in range(4))


@given(AMOUNTS)
def test_a_capture_moves_its_amount_and_sums_to_zero(amount: int) -> None:
    assert ledger.capture(amount) == Movement(
        TransactionKind.CAPTURE, {"customer": -amount, "platform_clearing": amount}
    )


@given(AMOUNTS)
def test_a_refund_reverses_a_capture(amount: int) -> None:
    moved = ledger.refund(REFUND, amount)

    assert moved.entries == {account: -entry for account, entry in ledger.capture(amount).entries.items()}
    assert (moved.kind, moved.refund_id, moved.settlement_id) == ("refund", REFUND, None)


@given(SHARES)
def test_a_settlement_moves_the_clearing_account_to_the_payees(shared: Shares) -> None:
    moved = ledger.settlement(SETTLEMENT, shared, RESTAURANT, DRIVER)

    assert (moved.kind, moved.refund_id, moved.settlement_id) == ("settlement", None, SETTLEMENT)
    assert moved.entries == {
        "platform_clearing": -(shared.restaurant + shared.driver + shared.platform + shared.tax),
        f"restaurant:{RESTAURANT}": shared.restaurant,
        f"driver:{DRIVER}": shared.driver,
        "platform": shared.platform,
        "tax": shared.tax,
    }


@given(SHARES, SHARES)
def test_a_clawback_moves_the_refund_from_the_payees(before: Shares, after: Shares) -> None:
    moved = ledger.clawback(REFUND, fewer(before, after), RESTAURANT, DRIVER)

    assert (moved.kind, moved.refund_id, moved.settlement_id) == ("clawback", REFUND, None)
    assert sum(moved.entries.values()) == 0
    assert moved.entries["customer"] == sum(astuple(before)) - sum(astuple(after))
    assert moved.entries[f"restaurant:{RESTAURANT}"] == after.restaurant - before.restaurant
    assert moved.entries[f"driver:{DRIVER}"] == after.driver - before.driver


def test_a_settlement_without_a_courier_has_no_courier_account() -> None:
    entries = ledger.settlement(SETTLEMENT, Shares(100, 0, 20, 5), RESTAURANT, None).entries

    assert entries == {"platform_clearing": -125, f"restaurant:{RESTAURANT}": 100, "platform": 20, "tax": 5}


@pytest.mark.parametrize(
    ("account", "owner"),
    [(f"restaurant:{RESTAURANT}", ("restaurant", RESTAURANT)), (f"driver:{DRIVER}", ("driver", DRIVER)),
     ("platform", ("platform", None)), ("tax", ("tax", None))],
)  # fmt: skip
def test_an_account_names_its_payee(account: str, owner: tuple[str, UUID | None]) -> None:
    assert ledger.payee(account) == owner
