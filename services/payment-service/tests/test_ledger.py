from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_service import ledger
from payment_service.sharing import Shares, fewer

AMOUNTS = st.integers(min_value=0, max_value=10**15)
SHARES = st.builds(Shares, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
# Fixed, because test workers must collect the same names.
RESTAURANT, DRIVER = UUID(int=1), UUID(int=2)


@given(AMOUNTS)
def test_a_capture_moves_its_amount_and_sums_to_zero(amount: int) -> None:
    assert ledger.capture(amount) == {"customer": -amount, "platform_clearing": amount}


@given(AMOUNTS)
def test_a_refund_is_a_capture_backwards(amount: int) -> None:
    assert ledger.refund(amount) == {account: -moved for account, moved in ledger.capture(amount).items()}


@given(SHARES)
def test_a_settlement_empties_the_clearing_account_to_the_payees(shared: Shares) -> None:
    assert ledger.settlement(shared, RESTAURANT, DRIVER) == {
        "platform_clearing": -(shared.restaurant + shared.driver + shared.platform + shared.tax),
        f"restaurant:{RESTAURANT}": shared.restaurant,
        f"driver:{DRIVER}": shared.driver,
        "platform": shared.platform,
        "tax": shared.tax,
    }


@given(SHARES, SHARES)
def test_a_clawback_takes_from_the_payees_what_the_customer_gets(before: Shares, after: Shares) -> None:
    entries = ledger.clawback(fewer(before, after), RESTAURANT, DRIVER)

    assert sum(entries.values()) == 0
    assert entries[f"restaurant:{RESTAURANT}"] == after.restaurant - before.restaurant
    assert entries[f"driver:{DRIVER}"] == after.driver - before.driver


def test_nobody_has_an_account_who_did_not_drive() -> None:
    entries = ledger.settlement(Shares(100, 0, 20, 5), RESTAURANT, None)

    assert list(entries.values()) == [-125, 100, 20, 5]
    assert not any(account.startswith("driver") for account in entries)


@pytest.mark.parametrize(
    ("account", "owner"),
    [(f"restaurant:{RESTAURANT}", ("restaurant", RESTAURANT)), (f"driver:{DRIVER}", ("driver", DRIVER)),
     ("platform", ("platform", None)), ("tax", ("tax", None))],
)  # fmt: skip
def test_an_account_names_its_payee(account: str, owner: tuple[str, UUID | None]) -> None:
    assert ledger.payee(account) == owner
