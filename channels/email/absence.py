"""When an absent person is back, read from an out-of-office answer. Pure; seven languages."""

import re
from datetime import date, timedelta

from channels.email.absence_words import BACK, MONTHS, UNTIL
from desk.ports.messages import Remark

_LONGEST = timedelta(days=550)
_RECENT = timedelta(days=3)  # an answer sent a little after the return still tells it
_GAP = r"[^.!?\n\d]{0,40}?(?:\n[ \t]*)?"  # weekdays and articles between the words and the day
_NAME = rf"(?:{'|'.join(start for start, _ in MONTHS)})[^\W\d_]{{0,9}}\.?"
_YEAR = r"(?:,?\s*(?:de|of|del|von)?\s*20\d\d)?(?!,?\s*\d{4})"
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|°|ª|\.)?"
_DATE = (
    r"(?:(?P<iso>20\d\d-\d{1,2}-\d{1,2})"
    r"|(?P<figures>\d{1,2}[./-]\d{1,2}[./-](?:20)?\d\d(?!\d)|\d{1,2}\.\d{1,2}\.(?!\d))"
    rf"|(?P<day_first>{_DAY}\s*(?:de|of)?\s*{_NAME}{_YEAR})"
    rf"|(?P<month_first>{_NAME}\s*{_DAY}(?!\d){_YEAR}))"
)
_BACK = re.compile(rf"\b(?:{BACK})\b{_GAP}{_DATE}", re.I)
_UNTIL = re.compile(rf"\b(?:{UNTIL})\b{_GAP}{_DATE}", re.I)
_LIMIT = 4_000  # characters; the date stands near the top


def absence(text: str, said_on: date, language: str | None) -> tuple[Remark, ...]:
    """Return until when its sender is away, as he says it: back_on or away_until, an ISO date.

    A day that could be read two ways (3/4/2026 in English) is not guessed at.
    """
    text = text[:_LIMIT]
    for code, pattern in (("back_on", _BACK), ("away_until", _UNTIL)):
        for found in pattern.finditer(text):
            day = _day(found, said_on, language)
            if day is not None and said_on - _RECENT <= day <= said_on + _LONGEST:
                return (Remark(code, day.isoformat()),)
    return ()


def _day(found: re.Match[str], said_on: date, language: str | None) -> date | None:
    if found["iso"]:
        year, month, day = map(int, found["iso"].split("-"))
        return _date(year, month, day)
    if found["figures"]:
        return _from_figures(found["figures"], said_on, language)
    whole = found["day_first"] or found["month_first"]
    month = next(filter(None, map(_month, re.findall(r"[^\W\d_]+", whole))), 0)
    figures = [int(one) for one in re.findall(r"\d+", whole)]
    return _near(figures[0], month, figures[1] if len(figures) > 1 else None, said_on)


def _from_figures(words: str, said_on: date, language: str | None) -> date | None:
    first, second, *rest = (int(one) for one in re.findall(r"\d+", words))
    year = rest[0] + 2000 * (rest[0] < 100) if rest else None
    in_doubt = "/" in words and language in ("en", None) and first != second
    if in_doubt and first <= 12 and second <= 12:
        return None
    day, month = (second, first) if second > 12 else (first, second)
    return _near(day, month, year, said_on)


def _near(day: int, month: int, year: int | None, said_on: date) -> date | None:
    """Return the day; without a year the first that is not over."""
    if year is not None:
        return _date(year, month, day)
    this = _date(said_on.year, month, day)
    if this is not None and this < said_on - _RECENT:
        return _date(said_on.year + 1, month, day)
    return this


def _month(name: str) -> int:
    name = name.casefold()
    return next((number for start, number in MONTHS if name.startswith(start)), 0)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
