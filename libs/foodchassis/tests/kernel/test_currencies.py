import pytest

from foodchassis import MINOR_UNITS, known_currency


@pytest.mark.parametrize(("code", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CHF", 2)])
def test_amounts_are_shown_with_the_currencys_decimals(code: str, digits: int) -> None:
    assert known_currency(code) == code
    assert MINOR_UNITS[code] == digits


@pytest.mark.parametrize("code", ["XXX", "eur", "DEM", ""])
def test_what_is_no_currency_today_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        known_currency(code)


def test_every_code_is_three_capital_letters() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in MINOR_UNITS)
