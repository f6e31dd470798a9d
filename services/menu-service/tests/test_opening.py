from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from foodevents import OpeningHours
from menu_service.schemas.opening import Clock, Day, TimeZone


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/Argentina/Ushuaia", "Asia/Kathmandu", "UTC", "Etc/GMT+12"])
def test_every_accepted_time_zone_is_valid_for_opening_hours(name: str) -> None:
    taken = TypeAdapter(TimeZone).validate_python(name)

    assert ZoneInfo(taken).key == OpeningHours(timezone=taken, weekly=[]).timezone


@pytest.mark.parametrize("name", ["", "Mars/Base", "localtime", "posix/Europe/Berlin", "/etc/passwd", "Europe", "EST"])
def test_an_unknown_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="IANA"):
        TypeAdapter(TimeZone).validate_python(name)


@pytest.mark.parametrize(("text", "fine"), [("00:00", True), ("23:59", True), ("24:00", False), ("\u06600:00", False)])
def test_times_of_day_have_four_digits(text: str, fine: bool) -> None:
    try:
        TypeAdapter(Clock).validate_python(text)
    except ValidationError:
        assert not fine
    else:
        assert fine


@pytest.mark.parametrize("text", ["2026-02-29", "2026-13-01", "0000-01-01", "2026-1-1", "20260101", "2026-01-01T00:00"])
def test_an_impossible_date_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(text)


def test_a_leap_day_is_accepted() -> None:
    assert TypeAdapter(Day).validate_python("2028-02-29") == "2028-02-29"
