"""How names are compared: without regard to case and accents, whatever the database's locale."""

import unicodedata


def fold(text: str) -> str:
    """Return `text` in lower case and without accents, for comparing only."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
