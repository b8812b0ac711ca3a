"""Which days a report covers: whole local days, in the desk's zone. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from desk.kit.errors import Invalid

LONGEST_DAYS = 731
YEARS = range(1970, 9001)  # days before and after can be reckoned, in any zone


class Period(Struct, frozen=True, kw_only=True):
    """From the first instant of `first` to the last of `last`, local days, both included."""

    first: date
    last: date
    zone: str

    @property
    def since(self) -> datetime:
        """The instant at which the period begins."""
        return _midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The instant at which the period is over."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    @property
    def before(self) -> "Period":
        """The period of as many days that ended when this one began."""
        days = (self.last - self.first).days + 1
        last = self.first - timedelta(days=1)
        return Period(first=last - timedelta(days=days - 1), last=last, zone=self.zone)


def period_of(
    now: datetime, zone: str, days: int, first: date | None = None, last: date | None = None
) -> Period:
    """Return the last `days` days with today, or the days from `first` to `last` where given.

    Raises:
        Invalid: it ends before it begins, is longer than two years, or in no year of YEARS.
    """
    for day in (first, last):
        if day is not None and day.year not in YEARS:
            raise Invalid("A report covers days of the years 1970 to 9000.", "/first")
    last = last or now.astimezone(ZoneInfo(zone)).date()
    first = first or last - timedelta(days=days - 1)
    if last < first:
        raise Invalid("The period ends before it begins.", "/last")
    if (last - first).days >= LONGEST_DAYS:
        raise Invalid("A report covers two years at most.", "/first")
    return Period(first=first, last=last, zone=zone)


def _midnight(day: date, zone: str) -> datetime:
    """Return the first instant of a local day; where midnight is skipped, the one after it."""
    local = datetime.combine(day, time(0), ZoneInfo(zone))
    return local.astimezone(UTC)
