"""Bars as server-side SVG: geometry only, drawn by a template, with a table beside them. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from desk.reports import words
from desk.reports.measures import Attainment

ROW = 26  # units of the view box; one is a pixel at full width
HEIGHT = 12
LABEL = 96
WIDTH = 300
GAP = 8
VALUE = 56


class Bar(Struct, frozen=True, kw_only=True):
    """One bar: what is kept from the left, what is broken after it."""

    label: str
    value: str
    y: int
    text_y: int
    kept_width: float
    broken_x: float
    broken_width: float
    is_small: bool


class BarChart(Struct, frozen=True, kw_only=True):
    """A chart of shares; `summary` is what a screen reader says instead of it."""

    width: int
    height: int
    bar_x: int
    bar_height: int
    bar_width: int
    value_x: int
    bars: list[Bar]
    summary: str


def bar_chart(title: str, lines: Sequence[tuple[str, Attainment]]) -> BarChart:
    """Return a chart of the share kept on each line; lines without any promise have no bar."""
    bars = [_bar(n, name, attained) for n, (name, attained) in enumerate(lines)]
    said = ", ".join(f"{bar.label} {bar.value}" for bar in bars)
    return BarChart(
        width=LABEL + WIDTH + VALUE,
        height=max(1, len(bars)) * ROW,
        bar_x=LABEL,
        bar_height=HEIGHT,
        bar_width=WIDTH,
        value_x=LABEL + WIDTH + GAP,
        bars=bars,
        summary=f"{title}: {said}" if said else title,
    )


def _bar(n: int, name: str, attained: Attainment) -> Bar:
    kept = round((attained.share or 0.0) * WIDTH, 2)
    decided = attained.share is not None
    return Bar(
        label=name,
        value=words.share(attained.share),
        y=n * ROW + (ROW - HEIGHT) // 2,
        text_y=n * ROW + ROW // 2,
        kept_width=kept,
        broken_x=LABEL + kept,
        broken_width=round(WIDTH - kept, 2) if decided else 0.0,
        is_small=attained.is_small,
    )
