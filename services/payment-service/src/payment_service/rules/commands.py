"""What a payment is asked beside the events of its order: refunds, settlements, and the provider's answers."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """An admin's refund of `amount` in minor units, or of all that is left; its repeat has the same `id`."""

    id: UUID
    amount: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Share the payment out; `commission_bp` is the platform's part of the food, in basis points."""

    settlement_id: UUID
    commission_bp: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The provider's answer to the question of this key: `hold` is its reference, `refusal` its reason to refuse."""

    key: str
    hold: str
    refusal: str | None = None
