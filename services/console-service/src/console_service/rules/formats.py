"""How ids and amounts are written."""

from collections.abc import Callable

from foodchassis.kernel import MINOR_UNITS

# Decimals of a currency that is unknown here.
TYPICAL = 2
# Digits of an amount that a person types; Python refuses to read numbers of thousands of them.
MOST_DIGITS = 15
POINTS = {"en": ".", "de": ","}


def short(identity: str) -> str:
    """Return the part of an id that people read out: ids of one minute begin alike."""
    return identity[-8:]


def money_in(language: str) -> Callable[[int, str], str]:
    """Return what writes minor units of a currency in a language."""

    def money(amount: int, currency: str) -> str:
        places = MINOR_UNITS.get(currency, TYPICAL)
        digits = f"{abs(amount):0{places + 1}d}"
        whole, rest = (digits[:-places], POINTS[language] + digits[-places:]) if places else (digits, "")
        return f"{'−' if amount < 0 else ''}{whole}{rest} {currency}"  # noqa: RUF001 - the minus of typography

    return money


def minor_units(typed: str, currency: str) -> int | None:
    """Read an amount as a person types it, with a point or a comma; None when it is none."""
    places = MINOR_UNITS.get(currency, TYPICAL)
    whole, _, rest = typed.replace(",", ".").partition(".")
    digits = whole + rest
    if not (digits.isdecimal() and digits.isascii() and len(digits) <= MOST_DIGITS and len(rest) <= places):
        return None
    return int(whole + rest.ljust(places, "0"))
