"""Triggers of a payment other than events: refunds, settlements, and the provider's responses."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """An admin's refund of `amount` in minor units, or of the remaining amount; a repeat has the same `id`."""

    id: UUID
    amount: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Settle the payment; `commission_bp` is the platform's commission on the food, in basis points."""

    settlement_id: UUID
    commission_bp: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The provider's response to the request with this key: `hold` is its reference, `refusal` why it refused."""

    key: str
    hold: str
    refusal: str | None = None
