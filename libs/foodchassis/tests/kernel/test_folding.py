import pytest

from foodchassis.kernel import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        *[("Crêperie", "creperie"), ("CRE\u0302PERIE", "creperie"), ("Straße", "strasse"), ("STRA\u1e9eE", "strasse")],
        *[("Łódzka", "lodzka"), ("Smørrebrød", "smorrebrod"), ("Ph\u1edf  Đ\u1eb7c Bi\u1ec7t", "pho dac biet")],
        *[("Þingvellir", "thingvellir"), ("Œuf à la Æbleskiver", "oeuf a la aebleskiver"), ("Ĳssalon", "ijssalon")],
        *[("K\u0131rm\u0131z\u0131", "kirmizi"), ("İSTANBUL", "istanbul")],
        # Punctuation is what people leave out, or write otherwise.
        *[
            ("L\u2019Étoile", "letoile"),
            ("L\u00b4Étoile", "letoile"),
            ("L'etoile", "letoile"),
            ("McDonald's", "mcdonalds"),
        ],
        *[
            ("Saint\u2010Germain", "saint germain"),
            ("São_Paulo, 100%!", "sao paulo 100"),
            ("Rock \u2018n\u2019 Roll", "rock n roll"),
        ],
        *[("\u2026!", ""), ("", "")],
        # Greek final sigma, Cyrillic, and letters of other widths and forms.
        *[
            ("\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3", "\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03c5\u03c3"),
            ("\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c2", "\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03c5\u03c3"),
            ("\u0401\u043b\u043a\u0430", "\u0435\u043b\u043a\u0430"),
            ("\u0419\u043e\u0433\u0443\u0440\u0442", "\u0438\u043e\u0433\u0443\u0440\u0442"),
        ],
        *[
            ("\uff33\uff55\uff53\uff48\uff49\uff11\uff12", "sushi12"),
            ("\ufb01ne", "fine"),
            ("\u2116 5", "no 5"),
            ("\u2167", "viii"),
            ("\u5bff\u53f8 100", "\u5bff\u53f8 100"),
        ],
        *[
            ("\u30e9\u30fc\u30e1\u30f3", "\u3089\u30fc\u3081\u3093"),
            ("\uff97\uff70\uff92\uff9d", "\u3089\u30fc\u3081\u3093"),
        ],
        # Arabic and Hebrew marks and keyboards, and their digits.
        *[
            ("\u0645\u064e\u0637\u0652\u0639\u064e\u0645", "\u0645\u0637\u0639\u0645"),
            ("\u0645\u0640\u0637\u0639\u0645", "\u0645\u0637\u0639\u0645"),
            ("\u05de\u05b4\u05e1\u05b0\u05e2\u05b8\u05d3\u05b8\u05d4", "\u05de\u05e1\u05e2\u05d3\u05d4"),
            ("\u067e\u0627\u06a9\u0633\u062a\u0627\u0646\u06cc", "\u067e\u0627\u0643\u0633\u062a\u0627\u0646\u064a"),
            ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u064a\u062e\u0648\u0627\u0647\u0645"),
        ],
        *[
            ("\u0627\u0644\u0642\u062f\u0633\u0629", "\u0627\u0644\u0642\u062f\u0633\u0647"),
            ("\u0667 Up", "7 up"),
            ("\u06f7 Up", "7 up"),
            ("\u096d", "7"),
        ],
        # An emoji with and without its variant, and Thai vowels, which are no accents.
        *[("\u2764\ufe0f", "\u2764"), ("\u0e1c\u0e31\u0e14\u0e44\u0e17\u0e22", "\u0e1c\u0e31\u0e14\u0e44\u0e17\u0e22")],
    ],
)
def test_texts_compare_by_what_people_type(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded
