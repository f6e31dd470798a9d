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
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from payment_service.models import TransactionKind
from payment_service.rules.sharing import Shares


class Account(StrEnum):
    """The accounts that every payment shares."""

    CUSTOMER = "customer"
    PLATFORM_CLEARING = "platform_clearing"
    PLATFORM = "platform"
    TAX = "tax"


RESTAURANT = "restaurant:"
DRIVER = "driver:"


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of a payment's money, to be stored: an amount for each account, in sum zero."""

    kind: TransactionKind
    entries: Mapping[str, int]
    refund_id: UUID | None = None
    settlement_id: UUID | None = None


def capture(amount: int) -> Movement:
    """Return the movement of capturing `amount`."""
    entries: dict[str, int] = {Account.CUSTOMER: -amount, Account.PLATFORM_CLEARING: amount}
    return Movement(TransactionKind.CAPTURE, entries)


def refund(refund_id: UUID, amount: int) -> Movement:
    """Return the movement of giving `amount` back."""
    entries: dict[str, int] = {Account.PLATFORM_CLEARING: -amount, Account.CUSTOMER: amount}
    return Movement(TransactionKind.REFUND, entries, refund_id=refund_id)


def settlement(settlement_id: UUID, shared: Shares, restaurant_id: UUID, driver_id: UUID | None) -> Movement:
    """Return the movement of sharing a payment out."""
    owed = _payees(shared, restaurant_id, driver_id)
    entries = {Account.PLATFORM_CLEARING: -sum(owed.values()), **owed}
    return Movement(TransactionKind.SETTLEMENT, entries, settlement_id=settlement_id)


def clawback(refund_id: UUID, less: Shares, restaurant_id: UUID, driver_id: UUID | None) -> Movement:
    """Return the movement of giving back what had been shared out; `less` is negative."""
    owed = _payees(less, restaurant_id, driver_id)
    entries = {Account.CUSTOMER: -sum(owed.values()), **owed}
    return Movement(TransactionKind.CLAWBACK, entries, refund_id=refund_id)


def restaurant(restaurant_id: UUID) -> str:
    """Return the account of a restaurant."""
    return f"{RESTAURANT}{restaurant_id}"


def payee(account: str) -> tuple[str, UUID | None]:
    """Return whose account this is: a kind of payee, and its id if there are many of the kind."""
    kind, _, owner = account.partition(":")
    return kind, UUID(owner) if owner else None


def _payees(shared: Shares, restaurant_id: UUID, driver_id: UUID | None) -> dict[str, int]:
    owed = {restaurant(restaurant_id): shared.restaurant, Account.PLATFORM: shared.platform, Account.TAX: shared.tax}
    return {**owed, f"{DRIVER}{driver_id}": shared.driver} if driver_id else owed
