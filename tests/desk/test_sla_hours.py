"""Opening hours: stories to check by hand, an oracle that walks minutes, and the inverse law."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.kit.errors import NeverOpen
from desk.sla.hours import ALWAYS, BusinessHours, Span, due_at, working_time

PARIS = ZoneInfo("Europe/Paris")
WEEKDAY: list[Span] = [(time(9), time(12)), (time(13), time(18))]
OFFICE = BusinessHours(PARIS, dict.fromkeys(range(1, 6), WEEKDAY))
DAY: list[Span] = [(time(9), time(17))]
NINE_TO_FIVE = BusinessHours(PARIS, dict.fromkeys(range(1, 6), DAY))
ALL_DAY: list[Span] = [(time(0), time(0))]
NIGHT: list[Span] = [(time(22), time(6))]
MINUTE = timedelta(minutes=1)

# Local days around which the clock or the calendar does something odd in that zone.
ODD_DAYS = [
    ("Europe/Paris", date(2026, 3, 29)),
    ("Europe/Paris", date(2026, 10, 25)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Santiago", date(2026, 4, 4)),
    ("America/Asuncion", date(2023, 10, 1)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 29)),
    ("Asia/Gaza", date(2022, 3, 27)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Antarctica/Troll", date(2026, 10, 25)),
    ("Europe/Dublin", date(2026, 3, 29)),
    ("Europe/Dublin", date(2026, 10, 25)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kathmandu", date(2026, 5, 1)),
    ("Pacific/Chatham", date(2026, 4, 5)),
    ("Pacific/Chatham", date(2026, 9, 27)),
    ("UTC", date(2028, 2, 29)),
    ("America/New_York", date(2026, 12, 31)),
]


class MinuteWalk:
    """The oracle: asks of every single minute what the wall shows, and counts. Shares no code."""

    def __init__(self, hours: BusinessHours, start: datetime, minutes: int) -> None:
        self.start = start
        self.open = [self._is_open(hours, start + n * MINUTE) for n in range(minutes)]

    @staticmethod
    def _is_open(hours: BusinessHours, at: datetime) -> bool:
        wall = at.astimezone(hours.zone).replace(tzinfo=None, fold=0)
        clock, today = wall.time(), wall.date()
        for opens, closes in MinuteWalk._spans(hours, today):
            if opens <= clock and (clock < closes or closes <= opens):
                return True
        return any(
            closes <= opens and clock < closes
            for opens, closes in MinuteWalk._spans(hours, today - timedelta(days=1))
        )

    @staticmethod
    def _spans(hours: BusinessHours, day: date) -> Sequence[Span]:
        if day in hours.special:
            return hours.special[day]
        if day in hours.holidays:
            return hours.holidays[day]
        yearly = {k: v for k, v in hours.yearly.items() if k == (day.month, day.day)}
        return next(iter(yearly.values()), hours.weekly.get(day.isoweekday(), ()))

    def spent(self, first: int, last: int) -> timedelta:
        return sum(self.open[first:last]) * MINUTE

    def due(self, first: int, minutes: int) -> datetime | None:
        for index in range(first, len(self.open)):
            minutes -= self.open[index]
            if minutes == 0:
                return self.start + (index + 1) * MINUTE
        return None


def random_spans(rng: Random) -> list[Span]:
    def moment() -> time:
        return time(rng.randrange(24), rng.choice((0, 0, 15, 30, 59)))

    return [(moment(), moment()) for _ in range(rng.choice((0, 1, 1, 2, 3)))]


def random_hours(rng: Random, zone: str, day: date) -> BusinessHours:
    near = [day + timedelta(days=n) for n in range(-2, 3)]
    shape: Mapping[int, list[Span]] = {
        weekday: rng.choice((ALL_DAY, NIGHT, random_spans(rng), random_spans(rng)))
        for weekday in range(1, 8)
    }
    return BusinessHours(
        ZoneInfo(zone),
        shape,
        holidays={d: random_spans(rng) for d in near if rng.random() < 0.15},
        yearly={(d.month, d.day): [] for d in near if rng.random() < 0.1},
        special={d: random_spans(rng) for d in near if rng.random() < 0.1},
    )


@pytest.mark.parametrize(("zone", "day"), ODD_DAYS)
def test_the_compiled_calendar_agrees_with_a_walk_over_every_minute(zone: str, day: date) -> None:
    for seed in range(4):
        rng = Random(f"{zone} {day} {seed}")
        hours = random_hours(rng, zone, day)
        length = 3 * 1440
        start = datetime.combine(day - timedelta(days=1), time(6), UTC)
        walk = MinuteWalk(hours, start, length)
        for _ in range(25):
            first, last = sorted(rng.sample(range(length), 2))
            a, b = start + first * MINUTE, start + last * MINUTE
            assert working_time(a, b, hours) == walk.spent(first, last)
            assert hours.is_open(a) == walk.open[first]
            minutes = rng.randrange(1, 1200)
            due = walk.due(first, minutes)
            if due is not None:
                assert due_at(a, minutes * MINUTE, hours) == due


def paris(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


def test_four_hours_from_friday_afternoon_fall_due_on_monday() -> None:
    friday = paris(27, 16)  # clocks go forward on Sunday the 29th
    assert due_at(friday, timedelta(hours=4), OFFICE) == paris(30, 11)


def test_a_promise_that_ends_with_the_day_is_due_at_closing_not_next_morning() -> None:
    assert due_at(paris(27, 16), timedelta(hours=1), NINE_TO_FIVE) == paris(27, 17)


def test_a_clock_started_at_closing_begins_next_morning() -> None:
    assert due_at(paris(27, 17), timedelta(hours=1), NINE_TO_FIVE) == paris(30, 10)


def test_a_clock_started_before_opening_begins_at_opening() -> None:
    assert due_at(paris(26, 3), timedelta(hours=1), NINE_TO_FIVE) == paris(26, 10)


def test_a_budget_of_nothing_is_due_at_once_even_at_night() -> None:
    assert due_at(paris(28, 3), timedelta(), OFFICE) == paris(28, 3)


def test_an_hour_shown_twice_in_autumn_counts_twice() -> None:
    night = BusinessHours(PARIS, {7: [(time(1), time(4))]})
    start, end = paris(25, 0, month=10), paris(25, 12, month=10)
    assert working_time(start, end, night) == timedelta(hours=4)


def test_an_hour_skipped_in_spring_does_not_count() -> None:
    night = BusinessHours(PARIS, {7: [(time(1), time(4))]})
    assert working_time(paris(29, 0), paris(29, 12), night) == timedelta(hours=2)


@pytest.mark.parametrize("span", [(time(2), time(3)), (time(2, 15), time(2, 45))])
def test_a_span_inside_the_skipped_hour_never_opens(span: Span) -> None:
    night = BusinessHours(PARIS, {7: [span]})
    assert working_time(paris(29, 0), paris(29, 12), night) == timedelta()


def test_a_holiday_takes_the_tail_of_its_night_with_it_but_not_the_tail_of_the_day_before() -> None:
    nights = BusinessHours(UTC, dict.fromkeys(range(1, 8), NIGHT), holidays={date(2026, 5, 1): []})
    day = datetime(2026, 5, 1, tzinfo=UTC)
    assert nights.openings(day - timedelta(hours=1), day + timedelta(hours=46)) == [
        (day - timedelta(hours=1), day + timedelta(hours=6)),
    ]


def test_a_special_day_beats_a_holiday_and_a_dated_holiday_beats_a_yearly_one() -> None:
    hours = BusinessHours(
        UTC,
        {},
        yearly={(12, 24): [], (12, 31): []},
        holidays={date(2026, 12, 24): [(time(9), time(12))]},
        special={date(2026, 12, 24): [(time(9), time(10))]},
    )
    start, end = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 5, tzinfo=UTC)
    assert working_time(start, end, hours) == timedelta(hours=1)


def test_a_target_longer_than_a_year_is_counted_through_every_holiday() -> None:
    days = BusinessHours(
        UTC, dict.fromkeys(range(1, 8), ALL_DAY), yearly={(12, 25): [], (1, 1): []}
    )
    start = datetime(2026, 1, 2, tzinfo=UTC)
    assert due_at(start, timedelta(days=1000), days) == start + timedelta(days=1004)  # two of each


def test_a_desk_that_never_opens_says_so() -> None:
    with pytest.raises(NeverOpen, match="ten years"):
        due_at(datetime(2026, 1, 1, tzinfo=UTC), MINUTE, BusinessHours(PARIS, {}))


def test_a_desk_that_opened_once_long_ago_says_so_too() -> None:
    once = BusinessHours(PARIS, {}, special={date(2020, 1, 1): ALL_DAY})
    with pytest.raises(NeverOpen):
        due_at(datetime(2026, 1, 1, tzinfo=UTC), MINUTE, once)


def test_a_negative_budget_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        due_at(datetime(2026, 1, 1, tzinfo=UTC), -MINUTE, ALWAYS)


CALENDARS = [random_hours(Random(f"law {zone}"), zone, day) for zone, day in ODD_DAYS]
instants = st.builds(
    lambda after, zone: (datetime(2026, 1, 1, tzinfo=UTC) + after).astimezone(zone),
    st.timedeltas(timedelta(), timedelta(days=800)),
    st.sampled_from([UTC, PARIS, ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/St_Johns")]),
)
budgets = st.timedeltas(timedelta(microseconds=1), timedelta(hours=200))
calendars = st.sampled_from([OFFICE, ALWAYS, *CALENDARS])


@settings(deadline=None)
@given(start=instants, budget=budgets, hours=calendars)
def test_due_at_is_the_inverse_of_working_time(
    start: datetime, budget: timedelta, hours: BusinessHours
) -> None:
    due = due_at(start, budget, hours)
    assert working_time(start, due, hours) == budget
    assert working_time(start, due - timedelta(microseconds=1), hours) < budget


@settings(deadline=None)
@given(moments=st.lists(instants, min_size=3, max_size=3), hours=calendars)
def test_working_time_adds_up(moments: list[datetime], hours: BusinessHours) -> None:
    a, b, c = sorted(moments)
    assert working_time(a, b, hours) + working_time(b, c, hours) == working_time(a, c, hours)
    assert working_time(c, a, hours) == timedelta()
