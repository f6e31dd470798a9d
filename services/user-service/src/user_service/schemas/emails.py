"""The form of an e-mail address, and when two addresses are the same."""

import re
import unicodedata

# The form of HTML's <input type=email>, with a dot in the domain. After NFKC only ASCII is taken:
# letters of other scripts that look like Latin ones would make accounts that look like another's.
ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}"
    r"@(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
LONGEST = 254


def normalise(email: str) -> str:
    """Return the spelling under which an address is stored and found. Raises ValueError for an invalid address."""
    folded = unicodedata.normalize("NFKC", email).strip()
    # Lower case only after the check for ASCII: some other letters become ASCII in lower case.
    if len(folded) > LONGEST or not folded.isascii() or not ADDRESS.fullmatch(folded.lower()):
        raise ValueError("must be an e-mail address")
    return folded.lower()
