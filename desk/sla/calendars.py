"""Stored calendars made into opening hours, each distinct one compiled once per process."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from desk.kit.errors import Invalid
from desk.sla.hours import BusinessHours, MonthDay, Spans


def business_hours(
    zone: str, weekly: Mapping[str, Any], special: Mapping[str, Any]
) -> BusinessHours:
    """Return the opening hours that a row of `calendars` tells.

    Args:
        zone: an IANA name.
        weekly: spans by ISO weekday: `{"1": [["09:00", "12:00"], ["13:00", "17:00"]]}`.
            `["22:00", "06:00"]` runs over midnight, `["00:00", "00:00"]` is the whole day.
        special: spans on other days, empty for closed: `{"2026-12-24": [["09:00", "12:00"]]}`
            by date, `{"12-25": []}` each year, `{"ES-MD": []}` on the public holidays of a
            country or a part of it. A date beats a public holiday, which beats each year's.

    Raises:
        Invalid: an unknown zone, country or weekday, or a time that is none.
    """
    return _made(zone, msgspec.json.encode(weekly), msgspec.json.encode(special))


@lru_cache(maxsize=256)
def _made(zone: str, weekly: bytes, special: bytes) -> BusinessHours:
    dated: dict[date, Spans] = {}
    yearly: dict[MonthDay, Spans] = {}
    public: Mapping[date, Spans] = {}
    for key, value in msgspec.json.decode(special).items():
        spans = _spans(value)
        if (month_day := _month_day(key)) is not None:
            yearly[month_day] = spans
        elif key[:1].isdigit():
            dated[_date(key)] = spans
        else:
            public = _PublicHolidays(key, spans)
    week = {_weekday(key): _spans(value) for key, value in msgspec.json.decode(weekly).items()}
    return BusinessHours(_zone(zone), week, holidays=public, yearly=yearly, special=dated)


class _PublicHolidays(Mapping[date, Spans]):
    """The public holidays of a country; those of a year are worked out when first asked for."""

    def __init__(self, code: str, spans: Spans) -> None:
        import holidays  # large: only desks that name a country pay for it

        country, _, part = code.partition("-")
        try:
            self._days = holidays.country_holidays(country, subdiv=part or None)
        except NotImplementedError as unknown:
            raise Invalid(f"No public holidays are known for {code!r}.") from unknown
        self._spans = spans

    def __contains__(self, day: object) -> bool:
        return day in self._days

    def __getitem__(self, day: date) -> Spans:
        if day not in self._days:
            raise KeyError(day)
        return self._spans

    def __iter__(self) -> Iterator[date]:
        return iter(self._days)

    def __len__(self) -> int:
        return len(self._days)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise Invalid(f"There is no time zone called {name!r}.") from unknown


def _weekday(key: str) -> int:
    if key not in set("1234567"):
        raise Invalid(f"A weekday is 1 (Monday) to 7 (Sunday), not {key!r}.")
    return int(key)


def _date(key: str) -> date:
    try:
        return date.fromisoformat(key)
    except ValueError as wrong:
        raise Invalid(f"{key!r} is not a date; write 2026-12-25.") from wrong


def _month_day(key: str) -> MonthDay | None:
    month, dash, day = key.partition("-")
    if not (dash and month.isdigit() and day.isdigit() and len(key) == 5):
        return None
    leap = _date(f"2024-{key}")
    return leap.month, leap.day


def _spans(value: Any) -> Spans:
    try:
        return tuple((_time(opens), _time(closes)) for opens, closes in value)
    except (TypeError, ValueError) as wrong:
        raise Invalid(f'Opening hours are pairs such as ["09:00", "17:30"], not {value!r}.') from (
            wrong
        )


def _time(text: str) -> time:
    return time(0) if text == "24:00" else time.fromisoformat(text)
