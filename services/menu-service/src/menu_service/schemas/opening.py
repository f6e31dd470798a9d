"""The types of opening hours: times of day, dates and time zones, stored as text."""

from datetime import date
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema


@cache
def _zones() -> frozenset[str]:
    # Names such as "localtime" or "EST" depend on the machine or have no daylight saving.
    return frozenset(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("must be a time zone of the IANA database, e.g. Europe/Berlin")
    return name


def _real_date(text: str) -> str:
    date.fromisoformat(text)
    return text


Clock = Annotated[str, StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Annotated[
    str,
    StringConstraints(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_real_date),
    WithJsonSchema({"type": "string", "format": "date"}),
]
TimeZone = Annotated[
    str, StringConstraints(max_length=64), AfterValidator(_known_zone), Field(examples=["Europe/Brussels"])
]
