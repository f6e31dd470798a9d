import pytest

from menu_service.rules.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Crêperie", "creperie"), ("CRE\u0302PERIE", "creperie"), ("Straße", "strasse"), ("寿司 100%", "寿司 100%")],
)
def test_names_compare_without_case_and_accents(text: str, folded: str) -> None:
    assert fold(text) == folded
