"""The double-entry ledger: which accounts a movement of money touches.

An account's balance is the sum of its entries, in minor units: what flows in counts positive, what flows out negative.
Each movement is a transaction whose entries sum to zero; PostgreSQL checks that when it commits, and refuses to change
or delete an entry. A hold moves no money, so authorising and voiding write nothing here: only the provider knows of
them. A capture takes the whole amount from `customer` to `platform_clearing`. A refund returns some of it, and a
settlement shares the rest out to the payees' own accounts, where it is owed to them. Refunding what had been shared out
is a clawback: it takes from the payees' accounts, and the next settlement counts it. By unique indexes a payment has
at most one capture and one settlement, and a refund at most one movement.
"""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from payment_service.sharing import Shares


class Account(StrEnum):
    """The accounts that every payment shares."""

    CUSTOMER = "customer"
    PLATFORM_CLEARING = "platform_clearing"
    PLATFORM = "platform"
    TAX = "tax"


RESTAURANT = "restaurant:"
DRIVER = "driver:"


def capture(amount: int) -> Mapping[str, int]:
    """Give each account's entry for capturing `amount`."""
    return {Account.CUSTOMER: -amount, Account.PLATFORM_CLEARING: amount}


def refund(amount: int) -> Mapping[str, int]:
    """Give each account's entry for giving `amount` back."""
    return {Account.PLATFORM_CLEARING: -amount, Account.CUSTOMER: amount}


def settlement(shared: Shares, restaurant_id: UUID, driver_id: UUID | None) -> Mapping[str, int]:
    """Give each account's entry for sharing a payment out."""
    owed = _payees(shared, restaurant_id, driver_id)
    return {Account.PLATFORM_CLEARING: -sum(owed.values()), **owed}


def clawback(less: Shares, restaurant_id: UUID, driver_id: UUID | None) -> Mapping[str, int]:
    """Give each account's entry for giving back what had been shared out; `less` is negative."""
    owed = _payees(less, restaurant_id, driver_id)
    return {Account.CUSTOMER: -sum(owed.values()), **owed}


def payee(account: str) -> tuple[str, UUID | None]:
    """Tell whose account this is: a kind of payee, and its id if there are many of the kind."""
    kind, _, owner = account.partition(":")
    return kind, UUID(owner) if owner else None


def _payees(shared: Shares, restaurant_id: UUID, driver_id: UUID | None) -> dict[str, int]:
    owed = {
        f"{RESTAURANT}{restaurant_id}": shared.restaurant,
        Account.PLATFORM: shared.platform,
        Account.TAX: shared.tax,
    }
    return {**owed, f"{DRIVER}{driver_id}": shared.driver} if driver_id else owed
