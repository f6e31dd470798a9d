"""Comparison of names without case and accents, independent of the database's locale."""

import unicodedata

# Letters that Unicode does not decompose, with their usual replacements, such as o with stroke.
LETTERS = dict(zip("\u0142\u00f8\u0111\u00f0\u0127\u0167\u0131\u014b", "loddhtin", strict=True))
PAIRS = {"\u00e6": "ae", "\u0153": "oe", "\u00fe": "th", "\u0133": "ij"}
# Apostrophes and hyphens that keyboards and word processors use instead of ' and -.
APOSTROPHES = dict.fromkeys("\u2018\u2019\u02bb\u02bc\u0060\u00b4\u2032", "'")
HYPHENS = dict.fromkeys("\u2010\u2011\u2013\u2014", "-")
PLAIN = str.maketrans({**LETTERS, **PAIRS, **APOSTROPHES, **HYPHENS})


def fold(text: str) -> str:
    """Return `text` in lower case and without accents, for comparisons only."""
    # Also before the decomposition: a single acute accent is an apostrophe, not a space with an accent.
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(PLAIN)).translate(PLAIN)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
