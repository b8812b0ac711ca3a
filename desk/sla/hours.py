"""Opening hours as promises count them: local spans compiled to instants, exact to the microsecond.

Pure: no clock, no database; callers pass the time in. A calendar is never walked minute by
minute. Its local spans are mapped to UTC through the stretches in which the zone's offset is
constant, and summed, 128 days at a time, when first asked for.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from desk.kit.errors import NeverOpen

Span = tuple[time, time]  # opens, closes; not later than it opens: closes on the next day
Spans = Sequence[Span]
MonthDay = tuple[int, int]

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_PIECE = 128 * _DAY  # how much is compiled at once
_REACH = 3_653 * _DAY  # a promise further away than ten years is none
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class _Piece:
    """One compiled stretch: where it is open, and how much was open before each opening."""

    starts: list[int]
    ends: list[int]
    before: list[int]  # one longer than starts: the last is the whole piece

    def spent(self, at: int) -> int:
        """Return the open microseconds of this piece that lie before `at`."""
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0
        return self.before[index] + min(at, self.ends[index]) - self.starts[index]

    def reached(self, spent: int) -> int:
        """Return the first instant at which `spent` (more than zero) has passed."""
        index = bisect_left(self.before, spent) - 1
        return self.starts[index] + spent - self.before[index]


@dataclass(frozen=True)
class BusinessHours:
    """When a desk is open.

    A moment is open if the clock on the wall shows a time within a span of that wall's date.
    An hour that the wall shows twice in autumn therefore counts twice, one that it skips in
    spring not at all. A span that closes no later than it opens runs over midnight, and its
    tail belongs to the day on which it opened: a holiday takes the tail with it.

    Attributes:
        zone: whose wall it is.
        weekly: spans by ISO weekday, 1 Monday to 7 Sunday; a missing day is closed.
            `(time(0), time(0))` is the whole day.
        holidays: spans by date, instead of the week's; empty for closed.
        yearly: the same by (month, day), each year; a dated holiday beats it.
        special: the same by date; beats every holiday.
    """

    zone: tzinfo
    weekly: Mapping[int, Spans]
    holidays: Mapping[date, Spans] = field(default_factory=dict)
    yearly: Mapping[MonthDay, Spans] = field(default_factory=dict)
    special: Mapping[date, Spans] = field(default_factory=dict)
    _pieces: dict[int, _Piece] = field(default_factory=dict, repr=False, compare=False)

    def spans_on(self, day: date) -> Spans:
        """Return the local spans that open on `day`."""
        for dated in (self.special, self.holidays):
            if day in dated:
                return dated[day]
        if (day.month, day.day) in self.yearly:
            return self.yearly[day.month, day.day]
        return self.weekly.get(day.isoweekday(), ())

    def is_open(self, at: datetime) -> bool:
        """Return whether `at` (aware) is in open time; a closing minute is closed."""
        micros = _micros(at)
        piece = self._piece(micros // _PIECE)
        index = bisect_right(piece.starts, micros) - 1
        return index >= 0 and micros < piece.ends[index]

    def openings(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return the open stretches between two aware instants, in UTC, cut at both."""
        since, until = _micros(start), _micros(end)
        found: list[tuple[int, int]] = []
        for index in range(since // _PIECE, until // _PIECE + 1):
            piece = self._piece(index)
            pairs = zip(piece.starts, piece.ends, strict=True)
            found += [(max(a, since), min(b, until)) for a, b in pairs if a < until and b > since]
        return [(_instant(a), _instant(b)) for a, b in _merged(found)]

    def _piece(self, index: int) -> _Piece:
        piece = self._pieces.get(index)
        if piece is None:  # two threads may both compile it: the result is the same
            piece = self._pieces[index] = _compile(self, index * _PIECE, (index + 1) * _PIECE)
        return piece

    def _never_opens(self) -> bool:
        books = (self.weekly, self.holidays, self.yearly, self.special)
        return not any(spans for book in books for spans in book.values())


ALWAYS = BusinessHours(UTC, dict.fromkeys(range(1, 8), ((time(0), time(0)),)))


def due_at(start: datetime, budget: timedelta, hours: BusinessHours) -> datetime:
    """Return the instant at which `budget` of working time has passed since `start`.

    A first-response target of 4 h, started Friday 16:00 at a desk open 9-17, falls due
    Monday 12:00. One of 1 h falls due at 17:00 sharp, not on Monday morning.

    Args:
        start: aware; any zone.
        budget: working time, zero or more. Nights and holidays cost nothing.

    Returns:
        An aware UTC instant; `start` itself for a budget of zero.

    Raises:
        NeverOpen: `hours` has too few openings to spend `budget` within ten years.

    `working_time` is its inverse.
    """
    left, at = budget // timedelta(microseconds=1), _micros(start)
    if left < 0:
        raise ValueError(f"a budget cannot be negative: {budget}")
    if left == 0:
        return _instant(at)
    index, last = at // _PIECE, (at + _REACH) // _PIECE
    if hours._never_opens():
        raise _never(budget)
    left += hours._piece(index).spent(at)
    while left > (whole := hours._piece(index).before[-1]):
        left, index = left - whole, index + 1
        if index > last:
            raise _never(budget)
    return _instant(hours._piece(index).reached(left))


def working_time(start: datetime, end: datetime, hours: BusinessHours) -> timedelta:
    """Return how much of `start`..`end` the desk was open; zero when `end` is not later."""
    since, until = _micros(start), _micros(end)
    if until <= since:
        return timedelta()
    first, last = since // _PIECE, until // _PIECE
    spent = hours._piece(last).spent(until) - hours._piece(first).spent(since)
    spent += sum(hours._piece(index).before[-1] for index in range(first, last))
    return timedelta(microseconds=spent)


def _never(budget: timedelta) -> NeverOpen:
    return NeverOpen(f"{budget} of working time cannot be spent within ten years")


def _compile(hours: BusinessHours, since: int, until: int) -> _Piece:
    local = _local_spans(hours, since // _DAY - 2, until // _DAY + 2)
    found: list[tuple[int, int]] = []
    position = 0
    for start, end, offset in _offsets(hours.zone, since, until):
        # Going back an hour (autumn) shows local time again that has been passed already.
        while position and local[position - 1][1] > start + offset:
            position -= 1
        while position < len(local) and local[position][0] < end + offset:
            opens, closes = local[position]
            if closes > start + offset:
                found.append((max(opens - offset, start), min(closes - offset, end)))
            position += 1
    merged = _merged(found)
    before = [0]
    for opens, closes in merged:
        before.append(before[-1] + closes - opens)
    return _Piece([opens for opens, _ in merged], [closes for _, closes in merged], before)


def _local_spans(hours: BusinessHours, first_day: int, last_day: int) -> list[tuple[int, int]]:
    """Return the spans of these days as the wall shows them, in microseconds since 1970 there."""
    found: list[tuple[int, int]] = []
    for number in range(first_day, last_day + 1):
        midnight = number * _DAY
        for opens, closes in hours.spans_on(date.fromordinal(number + _EPOCH_DAY)):
            a, b = _of_day(opens), _of_day(closes)
            found.append((midnight + a, midnight + (b if b > a else b + _DAY)))
    return _merged(found)


def _offsets(zone: tzinfo, since: int, until: int) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches of constant offset (start, end, offset) from `since` to `until`."""
    start, offset, probe = since, _offset(zone, since), since
    while probe < until:
        last, probe = probe, min(probe + _DAY, until)
        if _offset(zone, probe) == offset:
            continue
        probe = _change(zone, last, probe)
        yield start, probe, offset
        start, offset = probe, _offset(zone, probe)
    if start < until:
        yield start, until, offset


def _change(zone: tzinfo, before: int, after: int) -> int:
    """Return the first whole second in `before`..`after` with another offset, by bisection."""
    offset = _offset(zone, before)
    low, high = before // _SECOND, after // _SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle * _SECOND) == offset:
            low = middle
        else:
            high = middle
    return high * _SECOND


def _offset(zone: tzinfo, at: int) -> int:
    shown = datetime.fromtimestamp(at // _SECOND, zone).utcoffset()
    return (shown or timedelta()) // timedelta(microseconds=1)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for opens, closes in sorted(spans):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(closes, found[-1][1]))
        else:
            found.append((opens, closes))
    return found


def _of_day(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * _SECOND + at.microsecond


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
