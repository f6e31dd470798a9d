"""How large an amount may be: each currency has its own bound."""

from collections.abc import Iterable
from typing import Any

from foodchassis.kernel import most_of
from menu_service.errors import AmountTooLargeError


def refuse_too_large(amounts: Iterable[int], currency: str) -> None:
    """Raise AmountTooLargeError when one of `amounts` is more than `currency` allows."""
    most = most_of(currency)
    if max(amounts, default=0) > most:
        raise AmountTooLargeError(f"An amount in {currency} is {most} at most, in minor units.", most=most)


def prices(price: int, option_groups: Iterable[dict[str, Any]]) -> list[int]:
    """Return every price of a dish: its own and those of its options."""
    return [price, *(option["price"] for group in option_groups for option in group["options"])]
