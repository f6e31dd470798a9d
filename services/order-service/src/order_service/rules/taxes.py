"""The tax of a basket: each rate is applied once, to all that it taxes, and rounded half up to one minor unit.

What is taxed is each dish with its options, by its tax category, and the fees by the rate for fees; never the tip.
Where prices include the tax, `rate / (1 + rate)` of them is tax; elsewhere `rate` of them is added.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from foodchassis.kernel import share
from order_service.schemas import Tax

MILLION = 1_000_000


@dataclass(frozen=True)
class Taxes:
    """The tax of each rate, lowest first, and how much of it is on the fees."""

    of_rates: list[Tax]
    on_fees: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(one.tax for one in self.of_rates)


def tax_on(amount: int, ppm: int, *, included: bool) -> int:
    """Return the tax of a rate in parts per million: what `amount` includes, or what is added to it."""
    return share(amount, ppm, MILLION + ppm if included else MILLION)


def taxes(food: Iterable[tuple[int, int]], fees: tuple[int, int], *, included: bool) -> Taxes:
    """Return the taxes of a basket; `food` and `fees` are amounts with their rates in parts per million.

    Food and fees of one rate are taxed together; of that tax the food has its share, rounded half up, fees the rest.
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
