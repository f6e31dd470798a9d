"""`If-Match`: the versions that a change accepts; `ETag`: the version in a response."""

import re
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends, Header, Response

ONE = r'(W/)?"[\x21\x23-\x7e]*"'
LIST = rf"^(\*|{ONE}([ \t]*,[ \t]*{ONE}){{0,19}})$"
TAG = re.compile(r'(W/)?"([^"]*)"')
VERSION = re.compile("[1-9][0-9]{0,8}")


class Versioned(Protocol):
    """An object with a version."""

    @property
    def version(self) -> int:
        """Return the version."""


V = TypeVar("V", bound=Versioned)
Tags = frozenset[str]
Versions = frozenset[int]


async def expected_tags(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", pattern=LIST, description='the ETag of the version to change, e.g. "3", or several'),
    ] = None,
) -> Tags | None:
    """Return the tags of If-Match, or None for any; a weak tag never matches (RFC 9110, section 13.1.1)."""
    return None if if_match in {None, "*"} else Tags(tag for weak, tag in TAG.findall(str(if_match)) if not weak)


ExpectedTags = Annotated[Tags | None, Depends(expected_tags)]


async def expected_version(tags: ExpectedTags) -> Versions | None:
    """Return the versions of If-Match, or None for any."""
    return None if tags is None else Versions(int(tag) for tag in tags if VERSION.fullmatch(tag))


class Tagger:
    """Sets the header ETag to the version of the response."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def __call__(self, shown: V) -> V:
        """Return `shown`, whose version becomes the ETag."""
        self._response.headers["ETag"] = f'"{shown.version}"'
        return shown


async def tagger(response: Response) -> Tagger:
    """Return what sets the ETag of a response."""
    return Tagger(response)


ExpectedVersion = Annotated[Versions | None, Depends(expected_version)]
Tagged = Annotated[Tagger, Depends(tagger)]
