"""Normalizes text for searches: case, accents, punctuation and widths are ignored."""

import unicodedata

# Letters that Unicode does not decompose, such as l and o with stroke, and the letters that users type for them.
LETTERS = dict(zip("\u0142\u00f8\u0111\u00f0\u0127\u0167\u0131\u014b", "loddhtin", strict=True))
PAIRS = {"\u00e6": "ae", "\u0153": "oe", "\u00fe": "th", "\u0133": "ij"}
# Persian and Urdu keyboards use other code points for yeh, kaf and heh than Arabic keyboards.
ARABIC = dict(
    zip(
        "\u0649\u06cc\u06d2\u06a9\u0629\u06c1\u06be\u06d5\u0671",
        "\u064a\u064a\u064a\u0643\u0647\u0647\u0647\u0647\u0627",
        strict=True,
    )
)
KATAKANA = {chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)}
# Variants of the apostrophe, which many users omit, and the Arabic tatweel, which only lengthens a word.
LEFT_OUT = dict.fromkeys("'\u2018\u2019\u02bb\u02bc\u0060\u00b4\u2032\u05f3\u0640", "")
PLAIN = str.maketrans({**LETTERS, **PAIRS, **ARABIC, **KATAKANA, **LEFT_OUT})


def fold(text: str) -> str:
    """Return the normalized words of `text`, separated by one space, for comparisons only; the result may be empty."""
    # Also translated before it is decomposed: a separate acute accent is an apostrophe, not a space with an accent.
    parts = unicodedata.normalize("NFKD", text.casefold().translate(PLAIN)).casefold().translate(PLAIN)
    return " ".join("".join(map(_plain, parts)).split())


def _plain(character: str) -> str:
    """Return the compared form of a character: empty for a mark, a space for punctuation."""
    category = unicodedata.category(character)
    if unicodedata.combining(character) or category == "Cf" or character == "\u034f" or _varies(character):
        return ""
    if category[0] == "P":
        return " "
    return str(unicodedata.decimal(character)) if category == "Nd" else character


def _varies(character: str) -> bool:
    """Return whether a character only selects a variant of the one before it."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
