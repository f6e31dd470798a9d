"""The maximum amount in each currency."""

from collections.abc import Iterable
from typing import Any

from foodchassis.kernel import most_of
from menu_service.errors import AmountTooLargeError


def refuse_too_large(amounts: Iterable[int], currency: str) -> None:
    """Raise AmountTooLargeError when one of `amounts` exceeds the maximum of `currency`."""
    most = most_of(currency)
    if max(amounts, default=0) > most:
        raise AmountTooLargeError(
            f"The maximum amount in {currency} is {most} minor units; send a smaller one.", most=most
        )


def prices(price: int, option_groups: Iterable[dict[str, Any]]) -> list[int]:
    """Return all prices of a dish, including those of its options."""
    return [price, *(option["price"] for group in option_groups for option in group["options"])]
