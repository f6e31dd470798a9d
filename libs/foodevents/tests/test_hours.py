from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodevents import OpeningHours, Shift, SpecialDay, WeeklyShift

BERLIN = "Europe/Berlin"
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6


def hours(zone: str, *weekly: tuple[int, str, str], special: dict[str, list[tuple[str, str]]] | None = None) -> Any:
    return OpeningHours.model_validate(
        {
            "timezone": zone,
            "weekly": [{"weekday": day, "opens": opens, "closes": closes} for day, opens, closes in weekly],
            "special_days": [
                {"date": day, "shifts": [{"opens": opens, "closes": closes} for opens, closes in shifts]}
                for day, shifts in (special or {}).items()
            ],
        }
    )


def every_day(opens: str, closes: str) -> list[tuple[int, str, str]]:
    return [(day, opens, closes) for day in range(7)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


LUNCH = hours(BERLIN, (MONDAY, "11:00", "14:30"))
LATE = hours(BERLIN, (SATURDAY, "18:00", "02:00"))
AROUND = hours(BERLIN, (MONDAY, "08:00", "08:00"))
SPLIT = hours(BERLIN, (MONDAY, "11:00", "14:00"), (MONDAY, "14:00", "22:00"))
HOLIDAY = hours(
    BERLIN,
    *every_day("18:00", "02:00"),
    special={"2026-12-25": [], "2026-12-31": [("12:00", "15:00"), ("20:00", "05:00")]},
)
# In Berlin clocks go from 02:00 to 03:00 on 2026-03-29 and from 03:00 back to 02:00 on 2026-10-25.
NIGHT = hours(BERLIN, *every_day("22:00", "04:00"))
WITHIN = hours(BERLIN, *every_day("02:15", "02:45"))
ALWAYS = hours(BERLIN, *every_day("00:00", "00:00"))
TO_HALF_PAST = hours(BERLIN, *every_day("22:00", "02:30"))
FROM_HALF_PAST = hours(BERLIN, *every_day("02:30", "06:00"))
# In these zones the date differs from the date in UTC for most of the day.
KIRITIMATI = hours("Pacific/Kiritimati", (MONDAY, "08:00", "20:00"))
PAGO_PAGO = hours("Pacific/Pago_Pago", (SUNDAY, "08:00", "20:00"))
KATHMANDU = hours("Asia/Kathmandu", (MONDAY, "00:00", "00:15"))
# Lord Howe Island moves its clocks by half an hour: 02:00 back to 01:30 on 2026-04-05.
LORD_HOWE = hours("Australia/Lord_Howe", *every_day("22:00", "01:45"))


@pytest.mark.parametrize(
    ("week", "moment", "is_open"),
    [
        pytest.param(LUNCH, "2026-11-23T09:59:59.999999Z", False, id="just before it opens"),
        pytest.param(LUNCH, "2026-11-23T10:00:00Z", True, id="at the opening time"),
        pytest.param(LUNCH, "2026-11-23T13:29:59.999999Z", True, id="just before it closes"),
        pytest.param(LUNCH, "2026-11-23T13:30:00Z", False, id="at the closing time"),
        pytest.param(LUNCH, "2026-11-24T11:00:00Z", False, id="another weekday"),
        pytest.param(LUNCH, "2026-07-06T09:00:00Z", True, id="summer time opens an hour earlier in UTC"),
        pytest.param(LUNCH, "2026-11-23T19:00:00+09:00", True, id="a moment in another time zone"),
        pytest.param(hours(BERLIN), "2026-11-23T11:00:00Z", False, id="no hours"),
        pytest.param(SPLIT, "2026-11-23T13:00:00Z", True, id="one shift follows another without a gap"),
        pytest.param(LATE, "2026-11-21T22:59:00Z", True, id="before midnight"),
        pytest.param(LATE, "2026-11-21T23:00:00Z", True, id="at midnight"),
        pytest.param(LATE, "2026-11-22T00:59:00Z", True, id="past midnight, on a day without hours"),
        pytest.param(LATE, "2026-11-22T01:00:00Z", False, id="closes on the next day"),
        pytest.param(LATE, "2026-11-21T00:30:00Z", False, id="the night before"),
        pytest.param(AROUND, "2026-11-24T06:59:00Z", True, id="equal times mean around the clock"),
        pytest.param(AROUND, "2026-11-24T07:00:00Z", False, id="around the clock ends a day later"),
        pytest.param(HOLIDAY, "2026-12-25T18:30:00Z", False, id="closed on a special day"),
        pytest.param(
            HOLIDAY, "2026-12-25T00:30:00Z", True, id="the night shift before a special day continues into it"
        ),
        pytest.param(HOLIDAY, "2026-12-26T00:30:00Z", False, id="a closed day has no night shift"),
        pytest.param(HOLIDAY, "2026-12-31T13:59:00Z", True, id="a special day's first shift"),
        pytest.param(HOLIDAY, "2026-12-31T18:30:00Z", False, id="a special day replaces the weekly hours"),
        pytest.param(
            HOLIDAY, "2027-01-01T03:30:00Z", True, id="a night shift of a special day continues into the next day"
        ),
        pytest.param(HOLIDAY, "2027-01-01T18:30:00Z", True, id="the day after a special day has weekly hours"),
        pytest.param(NIGHT, "2026-03-29T01:59:00Z", True, id="a night shift in spring closes at 04:00 in summer time"),
        pytest.param(NIGHT, "2026-03-29T02:00:00Z", False, id="a night shift in spring closes an hour earlier in UTC"),
        pytest.param(NIGHT, "2026-10-25T02:59:00Z", True, id="a night shift in autumn closes at 04:00 in winter time"),
        pytest.param(NIGHT, "2026-10-25T03:00:00Z", False, id="a night shift in autumn closes an hour later in UTC"),
        pytest.param(WITHIN, "2026-03-29T01:00:00Z", False, id="a shift in the skipped hour is not open before it"),
        pytest.param(WITHIN, "2026-03-29T01:30:00Z", True, id="a shift in the skipped hour follows winter time"),
        pytest.param(WITHIN, "2026-10-25T00:30:00Z", True, id="a shift in the repeated hour is in the first one"),
        pytest.param(WITHIN, "2026-10-25T01:30:00Z", False, id="a shift in the repeated hour is not in the second"),
        pytest.param(WITHIN, "2026-10-25T02:30:00+02:00", True, id="02:30 for the first time"),
        pytest.param(WITHIN, "2026-10-25T02:30:00+01:00", False, id="02:30 for the second time"),
        pytest.param(TO_HALF_PAST, "2026-10-25T00:29:00Z", True, id="open until the first 02:30"),
        pytest.param(TO_HALF_PAST, "2026-10-25T01:15:00Z", False, id="does not reopen when the clock goes back"),
        pytest.param(FROM_HALF_PAST, "2026-10-25T01:15:00Z", True, id="does not close when the clock goes back"),
        pytest.param(FROM_HALF_PAST, "2026-03-29T01:29:00Z", False, id="opening in the skipped hour is not too early"),
        pytest.param(
            FROM_HALF_PAST, "2026-03-29T01:30:00Z", True, id="opening in the skipped hour follows winter time"
        ),
        pytest.param(KIRITIMATI, "2026-11-22T18:00:00Z", True, id="Monday at +14:00 is Sunday in UTC"),
        pytest.param(KIRITIMATI, "2026-11-23T18:00:00Z", False, id="Tuesday at +14:00 is Monday in UTC"),
        pytest.param(PAGO_PAGO, "2026-11-23T00:00:00Z", True, id="Sunday at -11:00 is Monday in UTC"),
        pytest.param(PAGO_PAGO, "2026-11-22T18:59:00Z", False, id="Sunday at -11:00 has not opened"),
        pytest.param(KATHMANDU, "2026-11-22T18:15:00Z", True, id="an offset of 5:45 hours, at the opening time"),
        pytest.param(KATHMANDU, "2026-11-22T18:30:00Z", False, id="an offset of 5:45 hours, at the closing time"),
        pytest.param(LORD_HOWE, "2026-04-04T14:44:00Z", True, id="clocks that move by half an hour"),
        pytest.param(LORD_HOWE, "2026-04-04T15:10:00Z", False, id="clocks that move by half an hour show 01:40 twice"),
    ],
)
def test_a_restaurant_is_open_exactly_in_its_hours(week: OpeningHours, moment: str, is_open: bool) -> None:
    assert week.open_at(at(moment)) is is_open


@pytest.mark.parametrize("fold", [0, 1])
def test_a_repeated_local_hour_is_distinguished_by_its_offset(fold: int) -> None:
    moment = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo(BERLIN), fold=fold)

    assert WITHIN.open_at(moment) is (fold == 0)


def test_a_restaurant_open_around_the_clock_stays_open_when_clocks_change() -> None:
    for start in ("2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"):
        assert all(ALWAYS.open_at(at(start) + timedelta(minutes=15 * step)) for step in range(200))


ZONES = st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC"])
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
SHIFTS = st.builds(Shift, opens=CLOCKS, closes=CLOCKS)
WEEKS = st.builds(
    OpeningHours,
    timezone=ZONES,
    weekly=st.lists(st.builds(WeeklyShift, weekday=st.integers(0, 6), opens=CLOCKS, closes=CLOCKS), max_size=10),
    special_days=st.lists(
        st.builds(SpecialDay, date=st.dates(date(2026, 3, 27), date(2026, 4, 6)), shifts=st.lists(SHIFTS, max_size=3)),
        max_size=4,
        unique_by=lambda day: day.date,
    ),
)
MOMENTS = st.datetimes(datetime(2026, 3, 27), datetime(2026, 4, 7), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(week=WEEKS, moment=MOMENTS, zone=ZONES)
def test_the_time_zone_of_a_moment_does_not_matter(week: OpeningHours, moment: datetime, zone: str) -> None:
    assert week.open_at(moment) is week.open_at(moment.astimezone(ZoneInfo(zone)))


@given(week=WEEKS, moment=MOMENTS)
def test_hours_are_serialized_and_read_back(week: OpeningHours, moment: datetime) -> None:
    copy = OpeningHours.model_validate_json(week.model_dump_json())

    assert copy == week
    assert copy.open_at(moment) is week.open_at(moment)
