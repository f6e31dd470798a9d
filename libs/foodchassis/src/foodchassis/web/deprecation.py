"""Deprecated routes and fields: marked in the OpenAPI document and in the headers of responses.

The headers are `Deprecation` (RFC 9745, since when), `Sunset` (RFC 8594, removal date) and `Link` (documentation).
"""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

LINK = '</docs>; rel="deprecation"; type="text/html"'
HEADERS = {
    "Deprecation": {"description": "since when it is deprecated (RFC 9745)", "schema": {"type": "string"}},
    "Sunset": {"description": "from when on it may be removed (RFC 8594)", "schema": {"type": "string"}},
}
_used: ContextVar[list["Deprecation"] | None] = ContextVar("used", default=None)


@dataclass(frozen=True)
class Deprecation:
    """A route or a field of a body that clients should stop using.

    >>> Old = Annotated[int, Deprecation(since=date(2026, 11, 27), sunset=date(2027, 11, 27))]
    >>> router.get("/old", dependencies=[Depends(Deprecation(since=..., sunset=...))])
    """

    since: date
    sunset: date

    async def __call__(self) -> None:
        """Record that the current request uses a deprecated route."""
        self.note()

    def note(self) -> None:
        """Record that the current request uses it."""
        if (used := _used.get()) is not None:
            used.append(self)

    @property
    def documented(self) -> dict[str, Any]:
        """Its attributes in the OpenAPI document."""
        return {"deprecated": True, "x-deprecated-since": str(self.since), "x-sunset": str(self.sunset)}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Record each body that contains the field: omitted fields are not validated."""

        def noted(value: Any) -> Any:
            self.note()
            return value

        return core_schema.no_info_after_validator_function(noted, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Mark the field in the document."""
        return {**handler(schema), **self.documented}


def begin() -> list[Deprecation]:
    """Begin a request: return the list that collects its uses of deprecated parts."""
    used: list[Deprecation] = []
    _used.set(used)
    return used


def headers(used: Iterable[Deprecation]) -> dict[str, str]:
    """Return the warning headers for the deprecated parts that were used, with the earliest dates."""
    found = list(used)
    if not found:
        return {}
    since = datetime.combine(min(one.since for one in found), time(), UTC)
    sunset = datetime.combine(min(one.sunset for one in found), time(), UTC)
    return {"Deprecation": f"@{since.timestamp():.0f}", "Sunset": format_datetime(sunset, usegmt=True), "Link": LINK}
