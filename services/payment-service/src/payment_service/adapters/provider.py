"""What any payment provider must offer: four operations, each safe to repeat with the same key."""

from typing import Protocol

from payment_service.rules.commands import Answer


class PaymentProvider(Protocol):
    """Moves real money. A key that was used before returns the first answer and does nothing.

    Amounts are in minor units. A call that raises may or may not have had its effect: repeat it with its key.
    """

    async def authorize(self, key: str, amount: int, currency: str, method: str) -> Answer:
        """Hold `amount` on the card behind the token `method`."""
        ...

    async def capture(self, key: str, hold: str, amount: int) -> Answer:
        """Take `amount` of what is held, once."""
        ...

    async def void(self, key: str, hold: str) -> Answer:
        """Release a hold that was not captured."""
        ...

    async def refund(self, key: str, hold: str, amount: int) -> Answer:
        """Refund `amount` of what was captured."""
        ...
