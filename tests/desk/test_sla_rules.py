"""What a promise means, told as stories of one case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.sla.hours import ALWAYS, BusinessHours
from desk.sla.rules import (
    Answered,
    ClockState,
    Happening,
    Metric,
    Opened,
    PrioritySet,
    QueueSet,
    StatusSet,
    Terms,
    Traits,
    fold,
    policy_fits,
    progress,
)

HOUR = timedelta(hours=1)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
DAYTIME = BusinessHours(UTC, dict.fromkeys(range(1, 6), ((time(9), time(17)),)))
ADA = Traits(queue_id=1, channel="email", inbox="support", priority="normal")
OPENED = Opened(NINE, ADA)


def at(hours: float) -> datetime:
    return NINE + hours * HOUR


def promise(traits: Traits, metric: Metric) -> Terms | None:
    """Promise an answer within 2 h (urgent: 1 h) and a resolution within 8 h of office time."""
    if metric is Metric.FIRST_RESPONSE:
        budget = HOUR if traits.priority == "urgent" else 2 * HOUR
        return Terms(1, 1, budget, DAYTIME)
    return Terms(1, 1, 8 * HOUR, ALWAYS if traits.queue_id == 9 else DAYTIME)


def test_an_answer_in_time_keeps_the_promise() -> None:
    clock = fold([OPENED, Answered(at(2))], promise, at(5))[Metric.FIRST_RESPONSE]
    assert (clock.state, clock.since, clock.breached_at) == (ClockState.ENDED, at(2), None)
    assert clock.spent == 2 * HOUR


def test_an_answer_a_moment_late_breaks_it_at_the_instant_it_was_due() -> None:
    late = at(2) + timedelta(microseconds=1)
    clock = fold([OPENED, Answered(late)], promise, at(5))[Metric.FIRST_RESPONSE]
    assert (clock.state, clock.breached_at) == (ClockState.ENDED, at(2))


def test_nobody_answers_and_the_clock_breaks_on_the_second_it_falls_due() -> None:
    before = fold([OPENED], promise, at(2) - timedelta(microseconds=1))[Metric.FIRST_RESPONSE]
    after = fold([OPENED], promise, at(2))[Metric.FIRST_RESPONSE]
    assert (before.breached_at, after.breached_at) == (None, at(2))
    assert after.state is ClockState.RUNNING


def test_waiting_for_the_customer_pauses_resolution_but_not_the_first_answer() -> None:
    clocks = fold([OPENED, StatusSet(at(1), "pending")], promise, at(1))
    assert clocks[Metric.RESOLUTION].state is ClockState.PAUSED
    assert clocks[Metric.RESOLUTION].due_at is None
    assert clocks[Metric.FIRST_RESPONSE].due_at == at(2)


def test_a_pause_gives_back_exactly_the_time_it_took() -> None:
    story: list[Happening] = [OPENED, StatusSet(at(1), "pending"), StatusSet(at(4), "open")]
    clock = fold(story, promise, at(4))[Metric.RESOLUTION]
    assert (clock.spent, clock.due_at) == (HOUR, at(24 + 3))  # 5 of 8 h left; closed at 17:00


def test_waiting_for_a_third_party_does_not_stop_the_promise_to_the_customer() -> None:
    clock = fold([OPENED, StatusSet(at(1), "on_hold")], promise, at(2))[Metric.RESOLUTION]
    assert clock.state is ClockState.RUNNING


def test_a_reopened_case_goes_on_without_the_closed_gap() -> None:
    story: list[Happening] = [OPENED, StatusSet(at(3), "resolved"), StatusSet(at(25), "open")]
    clock = fold(story, promise, at(25))[Metric.RESOLUTION]
    assert (clock.state, clock.spent, clock.due_at) == (ClockState.RUNNING, 3 * HOUR, at(30))


def test_resolving_without_an_answer_ends_the_wait_for_one_until_it_is_reopened() -> None:
    story: list[Happening] = [OPENED, StatusSet(at(1), "resolved")]
    assert fold(story, promise, at(9))[Metric.FIRST_RESPONSE].state is ClockState.CANCELLED
    story.append(StatusSet(at(2), "open"))
    assert fold(story, promise, at(2))[Metric.FIRST_RESPONSE].due_at == at(3)


def test_a_case_an_agent_opened_owes_no_first_answer() -> None:
    assert set(fold([replace(OPENED, asked=False)], promise, at(1))) == {Metric.RESOLUTION}


def test_more_urgent_means_due_sooner_counted_from_the_start() -> None:
    clock = fold([OPENED, PrioritySet(at(0.5), "urgent")], promise, at(0.5))
    assert clock[Metric.FIRST_RESPONSE].due_at == at(1)


def test_a_target_that_has_passed_when_it_is_set_falls_due_at_once() -> None:
    clock = fold([OPENED, PrioritySet(at(1.5), "urgent")], promise, at(1.5))
    assert clock[Metric.FIRST_RESPONSE].breached_at == at(1.5)


def test_less_urgent_does_not_undo_a_breach() -> None:
    urgent = Opened(NINE, replace(ADA, priority="urgent"))
    clock = fold([urgent, PrioritySet(at(1.5), "normal")], promise, at(1.5))
    assert clock[Metric.FIRST_RESPONSE].breached_at == at(1)


def test_each_queue_counts_its_own_hours() -> None:
    evening = at(7)
    clock = fold([OPENED, QueueSet(evening, 9)], promise, evening)[Metric.RESOLUTION]
    assert clock.due_at == at(8)
    later = fold([OPENED, QueueSet(at(20), 9)], promise, at(20))[Metric.RESOLUTION]
    assert later.breached_at == at(8)  # its 8 h of the first queue's time were over at 17:00


def test_where_nothing_is_promised_no_clock_runs() -> None:
    assert fold([OPENED], lambda _traits, _metric: None, at(1)) == {}


def test_a_clock_on_a_calendar_that_never_opens_never_falls_due() -> None:
    never = Terms(1, 1, HOUR, BusinessHours(UTC, {}))
    clock = fold([OPENED], lambda _traits, _metric: never, at(10_000))[Metric.RESOLUTION]
    assert (clock.due_at, clock.breached_at) == (None, None)


def test_what_came_before_the_opening_is_ignored() -> None:
    assert fold([StatusSet(at(0), "open")], promise, at(1)) == {}


@pytest.mark.parametrize(
    ("hours", "share", "following"),
    [(0, 0.0, at(1)), (1, 0.5, at(1.5)), (1.7, 0.75, at(1.8)), (1.9, 0.9, None)],
)
def test_a_warning_comes_when_a_share_of_the_time_is_gone(
    hours: float, share: float, following: datetime | None
) -> None:
    clock = fold([OPENED], promise, at(hours))[Metric.FIRST_RESPONSE]
    told = progress(clock, at(hours))
    assert (told.share, told.next_at) == (share, following)


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"channel": ["email", "chat"]}, True),
        ({"channel": ["email"], "priority": ["urgent"]}, False),
        ({"queue_id": [1]}, True),
        ({"moon": ["full"]}, False),
    ],
)
def test_a_policy_fits_when_every_condition_names_the_value(
    conditions: dict[str, list[object]], fits: bool
) -> None:
    assert policy_fits(conditions, ADA) is fits


def happening(at_h: float, kind: int, pick: int) -> Happening:
    makers: list[Callable[[datetime], Happening]] = [
        Answered,
        lambda when: StatusSet(when, ("open", "pending", "on_hold", "resolved")[pick]),
        lambda when: PrioritySet(when, ("urgent", "normal")[pick % 2]),
        lambda when: QueueSet(when, (1, 9)[pick % 2]),
    ]
    return makers[kind](at(at_h))


stories = st.lists(
    st.builds(happening, st.integers(0, 300), st.integers(0, 3), st.integers(0, 3)), max_size=8
).map(lambda told: [OPENED, *sorted(told, key=lambda one: one.at)])


@given(story=stories, twice=st.integers(1, 8))
def test_a_happening_told_twice_changes_nothing(story: list[Happening], twice: int) -> None:
    doubled = [*story[:twice], *story[twice - 1 : twice], *story[twice:]]
    assert fold(doubled, promise, at(400)) == fold(story, promise, at(400))


@given(story=stories)
def test_a_breach_once_told_is_told_the_same_ever_after(story: list[Happening]) -> None:
    known: dict[Metric, datetime] = {}
    for length in range(1, len(story) + 1):
        if length < len(story) and story[length].at == story[length - 1].at:
            continue  # an answer at the very instant is in time: nothing is told until it is over
        clocks = fold(story[:length], promise, story[length - 1].at)
        for metric, breached_at in known.items():
            assert clocks[metric].breached_at == breached_at
        known |= {m: clock.breached_at for m, clock in clocks.items() if clock.breached_at}
