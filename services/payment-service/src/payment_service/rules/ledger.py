"""The movements of the double-entry ledger and their accounts.

An account's balance is the sum of its entries, in minor units: inflows are positive, outflows negative.
Each movement is a transaction whose entries sum to zero; PostgreSQL checks that when it commits, and refuses to change
or delete an entry. A hold moves no money, so authorising and voiding have no entries. A capture moves the whole
amount from `customer` to `platform_clearing`. A refund returns a part of it, and a settlement distributes the rest to
the payees' accounts, where it is owed to them. A refund after the settlement is a clawback: it moves money from the
payees' accounts, and the next settlement includes it. By unique indexes a payment has
at most one capture and one settlement, and a refund at most one movement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from payment_service.models import TransactionKind
from payment_service.rules.sharing import Shares


class Account(StrEnum):
    """The accounts shared by all payments."""

    CUSTOMER = "customer"
    PLATFORM_CLEARING = "platform_clearing"
    PLATFORM = "platform"
    TAX = "tax"


RESTAURANT = "restaurant:"
DRIVER = "driver:"


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of a payment's money: an amount for each account, with the sum zero."""

    kind: TransactionKind
    entries: Mapping[str, int]
    refund_id: UUID | None = None
    settlement_id: UUID | None = None


def capture(amount: int) -> Movement:
    """Return the movement of capturing `amount`."""
    entries: dict[str, int] = {Account.CUSTOMER: -amount, Account.PLATFORM_CLEARING: amount}
    return Movement(TransactionKind.CAPTURE, entries)


def refund(refund_id: UUID, amount: int) -> Movement:
    """Return the movement of refunding `amount`."""
    entries: dict[str, int] = {Account.PLATFORM_CLEARING: -amount, Account.CUSTOMER: amount}
    return Movement(TransactionKind.REFUND, entries, refund_id=refund_id)


def settlement(settlement_id: UUID, shared: Shares, restaurant_id: UUID, driver_id: UUID | None) -> Movement:
    """Return the movement of settling a payment."""
    owed = _payees(shared, restaurant_id, driver_id)
    entries = {Account.PLATFORM_CLEARING: -sum(owed.values()), **owed}
    return Movement(TransactionKind.SETTLEMENT, entries, settlement_id=settlement_id)


def clawback(refund_id: UUID, less: Shares, restaurant_id: UUID, driver_id: UUID | None) -> Movement:
    """Return the movement of a clawback; `less` is negative."""
    owed = _payees(less, restaurant_id, driver_id)
    entries = {Account.CUSTOMER: -sum(owed.values()), **owed}
    return Movement(TransactionKind.CLAWBACK, entries, refund_id=refund_id)


def restaurant(restaurant_id: UUID) -> str:
    """Return the account of a restaurant."""
    return f"{RESTAURANT}{restaurant_id}"


def payee(account: str) -> tuple[str, UUID | None]:
    """Return the payee of an account: its kind, and its id if there are several of the kind."""
    kind, _, owner = account.partition(":")
    return kind, UUID(owner) if owner else None


def _payees(shared: Shares, restaurant_id: UUID, driver_id: UUID | None) -> dict[str, int]:
    owed = {restaurant(restaurant_id): shared.restaurant, Account.PLATFORM: shared.platform, Account.TAX: shared.tax}
    return {**owed, f"{DRIVER}{driver_id}": shared.driver} if driver_id else owed
