"""Opening hours: weekly hours and special days, in the restaurant's time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict


class Shift(BaseModel):
    """One span of opening hours; a shift that closes at or before its opening time ends on the next day."""

    model_config = ConfigDict(frozen=True)
    opens: time
    closes: time

    def covers(self, day: date, moment: datetime, zone: ZoneInfo) -> bool:
        """Return whether `moment` is in this shift, which begins on `day`."""
        last = day if self.closes > self.opens else day + timedelta(days=1)
        begins = datetime.combine(day, self.opens, zone)
        return begins <= moment < datetime.combine(last, self.closes, zone)


class WeeklyShift(Shift):
    """A shift on one day of each week; Monday is 0."""

    weekday: int


class SpecialDay(BaseModel):
    """A date whose hours replace the weekly ones; no shifts means closed."""

    model_config = ConfigDict(frozen=True)
    date: date
    shifts: list[Shift]


class OpeningHours(BaseModel):
    """A restaurant's week and its exceptions."""

    model_config = ConfigDict(frozen=True)
    timezone: str
    weekly: list[WeeklyShift]
    special_days: list[SpecialDay] = []

    def open_at(self, moment: datetime) -> bool:
        """Return whether the kitchen is open at `moment`, an aware time."""
        zone = ZoneInfo(self.timezone)
        # Python compares times of one zone by wall clock, which repeats an hour in autumn; UTC does not.
        moment = moment.astimezone(UTC)
        today = moment.astimezone(zone).date()
        # Yesterday's shift may end after midnight.
        days = (today, today - timedelta(days=1))
        return any(shift.covers(day, moment, zone) for day in days for shift in self._shifts(day))

    def _shifts(self, day: date) -> list[Shift]:
        for special in self.special_days:
            if special.date == day:
                return special.shifts
        return [shift for shift in self.weekly if shift.weekday == day.weekday()]
