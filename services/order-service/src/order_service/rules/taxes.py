"""The tax of a basket: each rate is applied once to the sum of its amounts, and rounded half up.

Each dish with its options is taxed by its tax category, and the fees by the rate for fees; the tip is not taxed.
If prices include the tax, `rate / (1 + rate)` of them is tax; otherwise `rate` of them is added.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from foodchassis.kernel import share
from order_service.schemas import Tax

MILLION = 1_000_000


@dataclass(frozen=True)
class Taxes:
    """The tax of each rate, lowest first, and the part of it on the fees."""

    of_rates: list[Tax]
    on_fees: int

    @property
    def total(self) -> int:
        """The total tax."""
        return sum(one.tax for one in self.of_rates)


def tax_on(amount: int, ppm: int, *, included: bool) -> int:
    """Return the tax that `amount` includes, or that is added to it, for a rate in parts per million."""
    return share(amount, ppm, MILLION + ppm if included else MILLION)


def taxes(food: Iterable[tuple[int, int]], fees: tuple[int, int], *, included: bool) -> Taxes:
    """Return the taxes of a basket; `food` and `fees` are amounts with their rates in parts per million.

    Food and fees of one rate are taxed together; the food's share of that tax is rounded half up, and the fees have
    the rest.
    """
    of_food: Counter[int] = Counter()
    for amount, ppm in food:
        of_food[ppm] += amount
    charged, fee_ppm = fees
    found, on_fees = [], 0
    for ppm in sorted({*of_food, fee_ppm}):
        taxed = of_food[ppm] + (charged if ppm == fee_ppm else 0)
        tax = tax_on(taxed, ppm, included=included)
        if taxed:
            found.append(Tax(rate_ppm=ppm, taxed=taxed, tax=tax))
        if taxed and ppm == fee_ppm:
            on_fees = tax - share(tax, of_food[ppm], taxed)
    return Taxes(found, on_fees)
