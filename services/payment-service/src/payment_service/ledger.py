"""The double-entry ledger: which accounts a movement of money touches.

An account's balance is the sum of its entries, in minor units: what flows in counts positive, what flows out negative.
Each movement is a transaction whose entries sum to zero; PostgreSQL checks that when it commits, and refuses to change
or delete an entry. A hold moves no money, so authorising and voiding write nothing here: only the provider knows of
them. A capture takes the whole amount from `customer` to `platform_clearing`, from where settlement pays it out and
refunds return it. A payment has at most one capture: by a unique index.
"""

from collections.abc import Mapping
from enum import StrEnum


class Account(StrEnum):
    """The accounts that every payment shares."""

    CUSTOMER = "customer"
    PLATFORM_CLEARING = "platform_clearing"


def capture(amount: int) -> Mapping[str, int]:
    """Give each account's entry for capturing `amount`."""
    return {Account.CUSTOMER: -amount, Account.PLATFORM_CLEARING: amount}
