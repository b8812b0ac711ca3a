"""When a customer is asked how it went, what his answer is worth, and how long it holds. Pure."""

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from desk.cases.rules import DONE, Status

SCORES = range(1, 6)
SATISFIED = 4  # this score and higher
COMMENT_MOST = 2_000
STALE = timedelta(days=3)  # a question that late is no courtesy any more

_VALUE = "rating:"
_AFTER = " !.⭐★🌟\ufe0f\u20e3"  # what is typed behind a digit; a keycap is made of the last two


class Terms(Struct, frozen=True, kw_only=True):
    """When customers are asked, as config.yaml has it."""

    live_after_minutes: Annotated[int, Meta(ge=0, le=1_440)] = 0  # of the resolution, in a chat
    after_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 10  # on a messenger
    letter_after_hours: Annotated[int, Meta(ge=0, le=400)] = 24  # by mail; of opening hours
    once_in_days: Annotated[int, Meta(ge=0, le=365)] = 14  # one customer at most
    valid_days: Annotated[int, Meta(ge=1, le=90)] = 14  # to answer in
    change_hours: Annotated[int, Meta(ge=0, le=720)] = 24  # to change the answer in
    low: Annotated[int, Meta(ge=0, le=4)] = 2  # this score and lower is looked after; 0: none


TERMS = Terms()


class Standing(Struct, frozen=True, kw_only=True):
    """What speaks for and against asking a customer about an episode of his case now."""

    inbox_asks: bool
    status: Status
    is_same_episode: bool
    is_merged_away: bool = False
    was_asked: bool = False  # about this very episode
    was_answered: bool = True  # by a person, in this episode
    is_genuine: bool = True  # he is who he says, as far as his mail server tells
    has_identity: bool = True  # he wrote in it himself, and is no machine
    is_reachable: bool = True
    is_blocked: bool = False
    is_quiet: bool = False  # he asked for nothing automatic
    is_overheard: bool = False  # his answer would stand before others
    has_complained: bool = False  # called a message of ours spam
    has_refused: bool = False  # does not want to be asked
    last_asked_at: datetime | None = None  # about anything
    due_at: datetime
    now: datetime


def refusal(standing: Standing, terms: Terms = TERMS) -> str | None:
    """Return why a customer is not asked, in a few words, or None when he may be."""
    again = timedelta(days=terms.once_in_days)
    asked = standing.last_asked_at
    against = {
        "this inbox does not ask": not standing.inbox_asks,
        "the case goes on": standing.status not in DONE or not standing.is_same_episode,
        "the case was merged into another": standing.is_merged_away,
        "he was asked about it": standing.was_asked,
        "no person answered him": not standing.was_answered,
        "only others or machines wrote": not standing.has_identity,
        "its sender may be forged": not standing.is_genuine,
        "he cannot be reached": not standing.is_reachable or standing.is_blocked,
        "he asked for nothing automatic": standing.is_quiet,
        "others read along": standing.is_overheard,
        "he called a message of ours spam": standing.has_complained,
        "he does not want to be asked": standing.has_refused,
        "he was asked lately": asked is not None and standing.now - asked < again,
        "it is too long ago": standing.now - standing.due_at > STALE,
    }
    return next((why for why, holds in against.items() if holds), None)


def value_of(score: int) -> str:
    """Return what a button for `score` carries."""
    return f"{_VALUE}{score}"


def score_of(value: str) -> int | None:
    """Return the score a button stands for, None for a button of something else."""
    digits = value.removeprefix(_VALUE)
    if digits == value or digits not in {str(score) for score in SCORES}:
        return None
    return int(digits)


def typed_score(text: str) -> int | None:
    """Return the score that somebody typed and nothing else: "5", "5!", "5 ⭐"."""
    digit = text.strip().rstrip(_AFTER)
    return int(digit) if digit in {str(score) for score in SCORES} else None


def may_answer(
    score: int | None,
    answered_at: datetime | None,
    expires_at: datetime,
    now: datetime,
    terms: Terms,
) -> bool:
    """Return whether a rating can be given, or changed, at `now`.

    Not given yet: until it expires. Given: for as long as the terms let it be changed.
    """
    if score is None or answered_at is None:
        return now < expires_at
    return now < answered_at + timedelta(hours=terms.change_hours)


def is_low(score: int, terms: Terms) -> bool:
    """Return whether somebody should look after a customer who gave this score."""
    return score <= terms.low
