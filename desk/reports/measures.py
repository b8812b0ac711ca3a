"""What each figure means: the only place where a figure is defined. Pure.

Two screens never show two values of one measure, because both ask here.
"""

from collections.abc import Mapping, Sequence
from math import ceil, sqrt

from msgspec import Struct

from desk.satisfaction.rules import SATISFIED as SATISFIED_FROM

SMALL = 20  # below so many a share says little: screens grey it
_Z = 1.959964  # 95 % of a normal distribution lie within so many deviations


class Measure(Struct, frozen=True, kw_only=True):
    """A figure's name, unit, meaning and formula, as readers get them on demand."""

    key: str
    title: str
    unit: str
    definition: str
    formula: str


ATTAINMENT = Measure(
    key="attainment",
    title="Attainment",
    unit="%",
    definition=(
        "Of the promises decided in the period, the share that was kept. A promise is decided"
        " when it is kept or when its time runs out, whichever comes first. Promises that were"
        " cancelled are left out. One that is late and still open counts as broken, never as"
        " kept, and is shown apart besides. Grey figures rest on fewer than 20 promises."
    ),
    formula="kept ÷ (kept + broken)",
)
FIRST_RESPONSE = Measure(
    key="first_response",
    title="First answer",
    unit="working time",
    definition=(
        "From the opening of a case by a customer until a channel took the first public answer"
        " of a person. Answers of the bot and automatic replies do not count. Only the opening"
        " hours that the promise names count; the time by the calendar is given beside it."
    ),
    formula="percentiles of single times (nearest rank), by the day of the answer",
)
RESOLUTION = Measure(
    key="resolution",
    title="Resolution",
    unit="working time",
    definition=(
        "From the opening of a case until it was last resolved, without the time it waited for"
        " the customer and without the time between a resolution and a reopening. Only the"
        " opening hours that the promise names count; the time by the calendar has everything in."
    ),
    formula="percentiles of single times (nearest rank), by the day of the resolution",
)
AT_RISK = Measure(
    key="at_risk",
    title="At risk now",
    unit="promises",
    definition="Open promises that are not late, with three quarters or more of their time gone.",
    formula="time used ÷ time promised ≥ 75 %",
)
SATISFIED = Measure(
    key="satisfied",
    title="Satisfied",
    unit="%",
    definition=(
        "Of the customers who gave a score, the share that gave 4 or 5 of 5. The two “likely”"
        " figures say how sure that is: with so few answers, the share among all who might have"
        " answered lies between them with 95 % certainty. By the day on which they were asked; an"
        " answer that was changed counts as it stands now. Grey figures rest on fewer than 20."
    ),
    formula="scores of 4 and 5 ÷ scores; between: Wilson's interval",
)
ANSWERED = Measure(
    key="answered",
    title="Answered",
    unit="%",
    definition=(
        "Of the customers whom a question how it went reached in the period, the share that gave a"
        " score."
        " They have some days to do so: of the last days it may still rise."
    ),
    formula="scores ÷ questions",
)
MEASURES = {
    one.key: one for one in (ATTAINMENT, FIRST_RESPONSE, RESOLUTION, AT_RISK, SATISFIED, ANSWERED)
}


class Attainment(Struct, frozen=True, kw_only=True):
    """Promises decided in a period. `share` is 0 to 1, None where nothing was decided."""

    kept: int
    broken: int
    still_open: int  # of the broken ones: late and not yet done
    share: float | None
    is_small: bool


class Satisfaction(Struct, frozen=True, kw_only=True):
    """What customers gave. Shares are 0 to 1, None where nobody answered, or nobody was asked.

    The share of satisfied customers lies between `least` and `most` with 95 % certainty.
    """

    asked: int
    answered: int
    satisfied: int
    response: float | None
    share: float | None
    least: float | None
    most: float | None
    mean: float | None  # of the scores, 1 to 5
    is_small: bool


class Times(Struct, frozen=True, kw_only=True):
    """How long it took, in seconds; percentiles are times that occurred, never averages."""

    count: int
    p50_s: float | None
    p75_s: float | None
    p90_s: float | None
    p95_s: float | None
    p99_s: float | None


def attainment(kept: int, broken: int, still_open: int = 0) -> Attainment:
    """Return the share of kept promises, and what it is made of."""
    decided = kept + broken
    return Attainment(
        kept=kept,
        broken=broken,
        still_open=still_open,
        share=kept / decided if decided else None,
        is_small=decided < SMALL,
    )


def satisfaction(asked: int, scores: Mapping[int, int]) -> Satisfaction:
    """Return what customers gave; `scores` says how many gave each score."""
    answered = sum(scores.values())
    satisfied = sum(count for score, count in scores.items() if score >= SATISFIED_FROM)
    least, most = wilson(satisfied, answered) if answered else (None, None)
    return Satisfaction(
        asked=asked,
        answered=answered,
        satisfied=satisfied,
        response=answered / asked if asked else None,
        share=satisfied / answered if answered else None,
        least=least,
        most=most,
        mean=sum(score * n for score, n in scores.items()) / answered if answered else None,
        is_small=answered < SMALL,
    )


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Return between which shares the true one lies with 95 % certainty; `tries` is not zero.

    Wilson's interval: of 1 in 1 it says 21 to 100 %, where the usual one claims certainty.
    """
    share, z2 = hits / tries, _Z * _Z
    middle = share + z2 / (2 * tries)
    reach = _Z * sqrt(share * (1 - share) / tries + z2 / (4 * tries * tries))
    whole = 1 + z2 / tries
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def times(seconds: Sequence[float]) -> Times:
    """Return the exact percentiles of single times."""
    ordered = sorted(seconds)
    return Times(
        count=len(ordered),
        p50_s=percentile(ordered, 50),
        p75_s=percentile(ordered, 75),
        p90_s=percentile(ordered, 90),
        p95_s=percentile(ordered, 95),
        p99_s=percentile(ordered, 99),
    )


def percentile(ordered: Sequence[float], rank: int) -> float | None:
    """Return the smallest value that at least `rank` % of `ordered` do not exceed."""
    if not ordered:
        return None
    return ordered[max(0, ceil(len(ordered) * rank / 100) - 1)]
