"""Formats of ids and amounts."""

from collections.abc import Callable

from foodchassis.kernel import MINOR_UNITS

# Decimals of an unknown currency.
TYPICAL = 2
# The maximum number of typed digits; Python refuses to parse numbers of thousands of digits.
MOST_DIGITS = 15
POINTS = {"en": ".", "de": ","}


def short(identity: str) -> str:
    """Return the last part of an id: ids of the same minute begin with the same digits."""
    return identity[-8:]


def money_in(language: str) -> Callable[[int, str], str]:
    """Return a function that formats minor units of a currency in a language."""

    def money(amount: int, currency: str) -> str:
        places = MINOR_UNITS.get(currency, TYPICAL)
        digits = f"{abs(amount):0{places + 1}d}"
        whole, rest = (digits[:-places], POINTS[language] + digits[-places:]) if places else (digits, "")
        return f"{'−' if amount < 0 else ''}{whole}{rest} {currency}"  # noqa: RUF001 - the minus of typography

    return money


def minor_units(typed: str, currency: str) -> int | None:
    """Return the minor units of a typed amount with a point or a comma; None when it is not an amount."""
    places = MINOR_UNITS.get(currency, TYPICAL)
    whole, _, rest = typed.replace(",", ".").partition(".")
    digits = whole + rest
    if not (digits.isdecimal() and digits.isascii() and len(digits) <= MOST_DIGITS and len(rest) <= places):
        return None
    return int(whole + rest.ljust(places, "0"))
