"""`If-Match`: the versions of a thing that a change is meant for; `ETag`: the version that an answer shows."""

import re
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends, Header, Response

ONE = r'"[0-9]{1,9}"'
LIST = rf"^(\*|{ONE}([ \t]*,[ \t]*{ONE}){{0,19}})$"


class Versioned(Protocol):
    """What has a version."""

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
    """Names the version of what is answered in the header ETag."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def __call__(self, shown: V) -> V:
        """Return `shown`, whose version becomes the answer's tag."""
        self._response.headers["ETag"] = f'"{shown.version}"'
        return shown


ExpectedVersion = Annotated[Versions | None, Depends(expected_version)]
Tagged = Annotated[Tagger, Depends(Tagger)]
