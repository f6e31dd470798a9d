"""How texts are compared by what people type for them: without case, accents, punctuation and widths."""

import unicodedata

# Letters that Unicode does not take apart, by what people type for them: l and o with stroke, and the like.
LETTERS = dict(zip("\u0142\u00f8\u0111\u00f0\u0127\u0167\u0131\u014b", "loddhtin", strict=True))
PAIRS = {"\u00e6": "ae", "\u0153": "oe", "\u00fe": "th", "\u0133": "ij"}
# Persian and Urdu keyboards write yeh, kaf and heh otherwise than Arabic ones.
ARABIC = dict(
    zip(
        "\u0649\u06cc\u06d2\u06a9\u0629\u06c1\u06be\u06d5\u0671",
        "\u064a\u064a\u064a\u0643\u0647\u0647\u0647\u0647\u0627",
        strict=True,
    )
)
KATAKANA = {chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)}
# What keyboards and word processors put for an apostrophe, which many leave out; and the Arabic tatweel, mere length.
LEFT_OUT = dict.fromkeys("'\u2018\u2019\u02bb\u02bc\u0060\u00b4\u2032\u05f3\u0640", "")
PLAIN = str.maketrans({**LETTERS, **PAIRS, **ARABIC, **KATAKANA, **LEFT_OUT})


def fold(text: str) -> str:
    """Return the words of `text` with one space between them, for comparing only; there may be none."""
    # Before it is taken apart, too: an acute accent by itself is an apostrophe, not a space and an accent.
    parts = unicodedata.normalize("NFKD", text.casefold().translate(PLAIN)).casefold().translate(PLAIN)
    return " ".join("".join(map(_plain, parts)).split())


def _plain(character: str) -> str:
    """Return what is compared of a character: nothing of a mark, a space for punctuation."""
    category = unicodedata.category(character)
    if unicodedata.combining(character) or category == "Cf" or character == "\u034f" or _varies(character):
        return ""
    if category[0] == "P":
        return " "
    return str(unicodedata.decimal(character)) if category == "Nd" else character


def _varies(character: str) -> bool:
    """Return whether a character only selects a variant of the one before it."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
