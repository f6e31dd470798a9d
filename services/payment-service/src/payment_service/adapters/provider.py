"""The interface of payment providers: four operations, each safe to repeat with the same key."""

from typing import Protocol

from payment_service.rules.commands import Answer


class PaymentProvider(Protocol):
    """Moves real money. A repeated key returns the first response without another effect.

    Amounts are in minor units. A call that raises may or may not have had its effect: repeat it with its key.
    """

    async def authorize(self, key: str, amount: int, currency: str, method: str) -> Answer:
        """Hold `amount` on the card behind the token `method`."""
        ...

    async def capture(self, key: str, hold: str, amount: int) -> Answer:
        """Capture `amount` of a hold, once."""
        ...

    async def void(self, key: str, hold: str) -> Answer:
        """Release a hold that was not captured."""
        ...

    async def refund(self, key: str, hold: str, amount: int) -> Answer:
        """Refund `amount` of a captured hold."""
        ...
