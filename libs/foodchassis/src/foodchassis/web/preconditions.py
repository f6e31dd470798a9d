"""`If-Match`: the versions that a change accepts; `ETag`: the version in a response."""

import re
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends, Header, Response

ONE = r'"[0-9]{1,9}"'
LIST = rf"^(\*|{ONE}([ \t]*,[ \t]*{ONE}){{0,19}})$"


class Versioned(Protocol):
    """An object with a version."""

    @property
    def version(self) -> int:
        """Return the version."""


V = TypeVar("V", bound=Versioned)
Versions = frozenset[int]


async def expected_version(
    if_match: Annotated[
        str | None, Header(alias="If-Match", pattern=LIST, description='the version to change, e.g. "3", or several')
    ] = None,
) -> Versions | None:
    """Return the versions that If-Match names, or None for any."""
    return None if if_match in {None, "*"} else Versions(map(int, re.findall(r"[0-9]+", str(if_match))))


class Tagger:
    """Sets the header ETag to the version of the response."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def __call__(self, shown: V) -> V:
        """Return `shown`, whose version becomes the ETag."""
        self._response.headers["ETag"] = f'"{shown.version}"'
        return shown


ExpectedVersion = Annotated[Versions | None, Depends(expected_version)]
Tagged = Annotated[Tagger, Depends(Tagger)]
