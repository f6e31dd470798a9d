import pytest

from menu_service.rules.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        *[("Crêperie", "creperie"), ("CRE\u0302PERIE", "creperie"), ("Straße", "strasse"), ("寿司 100%", "寿司 100%")],
        *[
            ("Łódzka", "lodzka"),
            ("Smørrebrød", "smorrebrod"),
            ("Phở Đặc Biệt", "pho dac biet"),
            ("Þingvellir", "thingvellir"),
        ],
        *[
            ("L\u2019Étoile", "l'etoile"),
            ("L\u00b4Étoile", "l'etoile"),
            ("K\u0131rm\u0131z\u0131", "kirmizi"),
            ("Œuf à la Æbleskiver", "oeuf a la aebleskiver"),
        ],
        *[("Saint\u2010Germain", "saint-germain"), ("Ĳssalon", "ijssalon")],
    ],
)
def test_names_compare_without_case_and_accents(text: str, folded: str) -> None:
    assert fold(text) == folded
