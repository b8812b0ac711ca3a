"""When a customer may be asked, what an answer is worth, and the law behind both."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from desk.cases.rules import Status
from desk.reports.measures import satisfaction, wilson
from desk.satisfaction import links
from desk.satisfaction.rules import (
    STALE,
    TERMS,
    Standing,
    is_low,
    may_answer,
    refusal,
    score_of,
    typed_score,
    value_of,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FINE = Standing(
    inbox_asks=True, status=Status.RESOLVED, is_same_episode=True, due_at=NOON, now=NOON
)

instants = st.timedeltas(timedelta(), timedelta(days=4_000)).map(lambda after: NOON + after)


def test_a_customer_whose_case_is_done_may_be_asked() -> None:
    assert refusal(FINE) is None
    assert refusal(replace(FINE, status=Status.CLOSED)) is None


@pytest.mark.parametrize(
    ("against", "why"),
    [
        ({"inbox_asks": False}, "does not ask"),
        ({"status": Status.OPEN}, "goes on"),
        ({"is_same_episode": False}, "goes on"),
        ({"is_merged_away": True}, "merged"),
        ({"was_asked": True}, "was asked about it"),
        ({"was_answered": False}, "no person"),
        ({"has_identity": False}, "machines"),
        ({"is_genuine": False}, "forged"),
        ({"is_reachable": False}, "reached"),
        ({"is_blocked": True}, "reached"),
        ({"is_quiet": True}, "nothing automatic"),
        ({"is_overheard": True}, "others read along"),
        ({"has_complained": True}, "spam"),
        ({"has_refused": True}, "does not want"),
        ({"last_asked_at": NOON - timedelta(days=13)}, "lately"),
        ({"due_at": NOON - STALE - timedelta(seconds=1)}, "too long ago"),
    ],
)
def test_one_thing_against_it_is_enough(against: dict[str, Any], why: str) -> None:
    assert why in (refusal(replace(FINE, **against)) or "")


@given(st.sets(st.sampled_from(["is_merged_away", "was_asked", "is_blocked", "has_refused"])))
def test_nothing_makes_up_for_a_reason_against_it(against: set[str]) -> None:
    standing = replace(FINE, **dict.fromkeys(against, True))
    assert (refusal(standing) is None) == (not against)


def test_who_was_asked_two_weeks_ago_may_be_asked_again() -> None:
    assert refusal(replace(FINE, last_asked_at=NOON - timedelta(days=14))) is None
    every_time = replace(TERMS, once_in_days=0)
    assert refusal(replace(FINE, last_asked_at=NOON), every_time) is None


@given(st.integers(1, 5))
def test_a_button_says_its_score(score: int) -> None:
    assert score_of(value_of(score)) == score
    assert value_of(score).isascii()


@given(st.text())
def test_no_other_button_is_a_score(value: str) -> None:
    assert score_of(value) is None or value in {value_of(score) for score in range(1, 6)}


@pytest.mark.parametrize("value", ["rating:", "rating:0", "rating:6", "rating:05", "rating:٣", "3"])
def test_what_only_looks_like_a_score_is_none(value: str) -> None:
    assert score_of(value) is None


@pytest.mark.parametrize(
    "text",
    ["5", " 5\n", "5!", "5!!", "5.", "5 ⭐", "5⭐⭐⭐⭐⭐", "5 ★", "5\ufe0f\u20e3", "5 ⭐\ufe0f!"],
)
def test_a_digit_with_a_star_or_a_shout_is_a_score(text: str) -> None:
    assert typed_score(text) == 5


@pytest.mark.parametrize(
    "text",
    ["", "!", "⭐", "0", "6", "05", "-5", ".5", "1.5", "5?", "5 5", "5/5", "٣", "²", "5 lamps"],
)
def test_anything_else_is_a_message(text: str) -> None:
    assert typed_score(text) is None


@given(st.text())
def test_what_is_typed_is_a_score_only_if_it_begins_with_one(text: str) -> None:
    found = typed_score(text)
    assert found is None or text.strip()[0] == str(found)


@given(asked=instants, after=st.timedeltas(timedelta(), timedelta(days=60)))
def test_an_answer_is_taken_for_two_weeks(asked: datetime, after: timedelta) -> None:
    expires = asked + timedelta(days=14)
    assert may_answer(None, None, expires, asked + after, TERMS) == (after < timedelta(days=14))


@given(answered=instants, after=st.timedeltas(timedelta(), timedelta(days=3)))
def test_an_answer_can_be_changed_for_a_day(answered: datetime, after: timedelta) -> None:
    taken = may_answer(3, answered, answered, answered + after, TERMS)
    assert taken == (after < timedelta(hours=24))


def test_two_of_five_is_low_and_zero_makes_none_low() -> None:
    assert [score for score in range(1, 6) if is_low(score, TERMS)] == [1, 2]
    assert not any(is_low(score, replace(TERMS, low=0)) for score in range(1, 6))


@given(number=st.integers(1, 2**62), until=instants)
def test_an_address_opens_its_own_door_alone(number: int, until: datetime) -> None:
    made = links.token("secret", links.ANSWER, number, until)
    assert links.read("secret", links.ANSWER, made) == (number, until.replace(microsecond=0))
    assert links.read("secret", links.STOP, made) is None
    assert links.read("other", links.ANSWER, made) is None
    assert links.read("secret", links.ANSWER, f"1{made}") is None


@given(st.text())
def test_a_made_up_address_opens_nothing(made_up: str) -> None:
    assert links.read("secret", links.ANSWER, made_up) is None


def test_one_happy_customer_proves_little() -> None:
    least, most = wilson(1, 1)
    assert (round(least, 2), round(most, 2)) == (0.21, 1.0)
    least, most = wilson(90, 100)  # as textbooks have it
    assert (round(least, 3), round(most, 3)) == (0.826, 0.945)


@given(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_lies_in_its_interval_and_more_answers_narrow_it(found: tuple[int, int]) -> None:
    hits, tries = found
    least, most = wilson(hits, tries)
    assert 0 <= least <= hits / tries + 1e-9
    assert hits / tries - 1e-9 <= most <= 1
    closer, nearer = wilson(hits * 10, tries * 10)
    assert nearer - closer < most - least


def test_the_figures_of_five_answers() -> None:
    told = satisfaction(10, {5: 2, 4: 1, 1: 1, 3: 1})
    assert (told.response, told.share, told.mean) == (0.5, 0.6, 3.6)
    assert told.is_small
    nobody = satisfaction(3, {})
    assert (nobody.response, nobody.share, nobody.mean, nobody.least) == (0.0, None, None, None)
    assert satisfaction(0, {}).response is None
