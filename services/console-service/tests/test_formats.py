import pytest

from console_service.rules.formats import minor_units, money_in


@pytest.mark.parametrize(
    ("language", "amount", "currency", "written"),
    [
        ("en", 2574, "EUR", "25.74 EUR"),
        ("de", 2574, "EUR", "25,74 EUR"),
        ("en", 5, "EUR", "0.05 EUR"),
        ("en", -150, "EUR", "−1.50 EUR"),  # noqa: RUF001 - the minus of typography
        ("en", 1200, "JPY", "1200 JPY"),
        ("en", 1, "KWD", "0.001 KWD"),
    ],
)
def test_amounts_are_formatted_by_currency(language: str, amount: int, currency: str, written: str) -> None:
    assert money_in(language)(amount, currency) == written


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [("12.50", "EUR", 1250), ("12,5", "EUR", 1250), ("12", "EUR", 1200), (".5", "EUR", 50), ("12", "JPY", 12)],
)
def test_amounts_are_read_with_a_point_or_a_comma(typed: str, currency: str, amount: int) -> None:
    assert minor_units(typed, currency) == amount


@pytest.mark.parametrize("typed", ["", ".", "-1", "1.234", "1.2.3", "1e3", "twelve", "١٢", "9" * 5000])
def test_an_invalid_amount_is_none(typed: str) -> None:
    assert minor_units(typed, "EUR") is None
