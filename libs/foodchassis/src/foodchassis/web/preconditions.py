"""`If-Match`: the version of a thing that a change is meant for."""

from typing import Annotated

from fastapi import Depends, Header


async def expected_version(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", pattern=r'^(\*|"[0-9]{1,9}")$', description='the version to change, e.g. "3"'),
    ] = None,
) -> int | None:
    """Return the version that If-Match names, or None for any."""
    return None if if_match in {None, "*"} else int(str(if_match).strip('"'))


ExpectedVersion = Annotated[int | None, Depends(expected_version)]
