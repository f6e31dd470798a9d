"""Passwords that are easy to guess: common ones, and those that repeat the account's data."""

import unicodedata
from functools import cache
from importlib.resources import files

# The passwords of ten characters and more among the most frequent of public breaches (lists of zxcvbn and Django).
LIST = "common_passwords.txt"
SHORTEST_HINT = 4
# The password of every account of the demo city, as its documentation says.
DEMO = "demo-password"


@cache
def _common() -> frozenset[str]:
    return frozenset(files("user_service").joinpath(LIST).read_text("utf-8").split("\n"))


def is_common(password: str) -> bool:
    """Return whether a password is on the list, ignoring case."""
    return _folded(password) in _common()


def is_demo(password: str) -> bool:
    """Return whether a password is that of the demo accounts."""
    return _folded(password) == DEMO


def repeats(password: str, *facts: str) -> bool:
    """Return whether a password is little more than one of these values, such as the account's e-mail address."""
    folded = _folded(password)
    words = {word for fact in facts for word in (_folded(fact), _folded(fact).partition("@")[0])}
    return any(
        len(word) >= SHORTEST_HINT and len(folded.replace(word, "")) < SHORTEST_HINT for word in words if word in folded
    )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
