from fractions import Fraction
from math import floor

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodchassis.kernel import MINOR_UNITS, known_currency, most_of, share


@pytest.mark.parametrize(("code", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CHF", 2)])
def test_amounts_are_shown_with_the_currencys_decimals(code: str, digits: int) -> None:
    assert known_currency(code) == code
    assert MINOR_UNITS[code] == digits


@pytest.mark.parametrize("code", ["XXX", "eur", "DEM", ""])
def test_an_unknown_or_withdrawn_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        known_currency(code)


def test_every_code_is_three_capital_letters() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in MINOR_UNITS)


# Units of account and funds of ISO 4217, in which nothing is sold.
NO_MONEY = {"XAD", "BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYW"}


def test_the_currencies_are_those_of_the_standard() -> None:
    published = {one.code: one.exponent for one in iso4217.Currency if one.exponent is not None}

    assert {code: digits for code, digits in published.items() if code not in NO_MONEY} == MINOR_UNITS


@pytest.mark.parametrize(
    ("currency", "amount"),
    [
        *(
            ("IDR", 3 * 350_000_00),
            ("LBP", 1_800_000_00),
            ("IRR", 12_000_000_00),
            ("LAK", 1_200_000_00),
            ("VND", 900_000),
        ),
        *(("EUR", 500_000_00), ("KRW", 60_000), ("KWD", 90_000), ("COP", 400_000_00), ("IQD", 150_000_000)),
    ],
)
def test_the_maximum_allows_a_large_order_in_each_currency(currency: str, amount: int) -> None:
    assert 2 * amount <= most_of(currency)


def test_every_amount_is_exact_in_javascript() -> None:
    assert all(10**8 <= most_of(code) < 2**53 for code in MINOR_UNITS)


@pytest.mark.parametrize(
    ("amount", "parts", "of", "expected"),
    [
        *[(0, 500, 10_000, 0), (100, 0, 10_000, 0), (10, 500, 10_000, 1), (9, 500, 10_000, 0), (29, 500, 10_000, 1)],
        *[(10, 1, 4, 3), (9, 1, 4, 2), (1, 1, 2, 1), (7, 7, 7, 7), (5, 0, 3, 0), (2, 1, 3, 1), (1, 1, 3, 0)],
    ],
)
def test_a_share_is_rounded_half_up(amount: int, parts: int, of: int, expected: int) -> None:
    assert share(amount, parts, of) == expected


@given(st.integers(0, 10**12), st.integers(0, 10**6), st.integers(1, 2 * 10**6))
def test_a_share_is_the_exact_one_rounded(amount: int, parts: int, of: int) -> None:
    assert share(amount, parts, of) == floor(Fraction(amount * parts, of) + Fraction(1, 2))
