"""What no log may hold: addresses of mail and of doors, tokens, cards."""

import re
from collections.abc import Iterable

_PERSONAL = re.compile(
    r"[\w.+%-]+@[\w-]+\.[\w.-]+"  # an address of mail
    r"|eyJ[\w-]{8,}\.[\w-]+"  # a token of ours
    r"|[Bb]earer\s+[\w.~+/-]{16,}"  # anybody's token
    r"|tok_[a-z_]+"  # a way to pay
    r"|\$argon2"  # a password's hash
    r"|\b(?:\d{4}[ -]){3}\d{4}\b"  # a card's number
    r'|"(?:password|line1|postal_code|lat|lng|email|payment_method|refresh_token)"'
)


def personal(lines: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """Return the lines of a log that hold what is personal, by its pattern or because it is `known` to be."""
    words = [word for word in known if word]
    return [line for line in lines if _PERSONAL.search(line) or any(word in line for word in words)]
