from hypothesis import given
from hypothesis import strategies as st

from payment_service import ledger


@given(st.integers(min_value=0, max_value=10**15))
def test_a_capture_moves_its_amount_and_sums_to_zero(amount: int) -> None:
    entries = ledger.capture(amount)

    assert sum(entries.values()) == 0
    assert entries == {"customer": -amount, "platform_clearing": amount}
