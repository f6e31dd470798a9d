"""Personal data that must not be logged: e-mail and postal addresses, tokens, cards."""

import re
from collections.abc import Iterable

_PERSONAL = re.compile(
    r"[\w.+%-]+@[\w-]+\.[\w.-]+"  # an e-mail address
    r"|eyJ[\w-]{8,}\.[\w-]+"  # a token of this system
    r"|[Bb]earer\s+[\w.~+/-]{16,}"  # any bearer token
    r"|tok_[a-z_]+"  # a payment method
    r"|\$argon2"  # a password's hash
    r"|\b(?:\d{4}[ -]){3}\d{4}\b"  # a card's number
    r'|"(?:password|line1|postal_code|lat|lng|email|payment_method|refresh_token)"'
)


def personal(lines: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """Return the log lines with personal data, by pattern or because they contain a `known` value."""
    words = [word for word in known if word]
    return [line for line in lines if _PERSONAL.search(line) or any(word in line for word in words)]
