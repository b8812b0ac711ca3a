"""Figures as people read them: durations, shares, differences. Pure."""

NOTHING = "\N{EN DASH}"
_TELLING = 10  # answers, before what is likely can be said of a share
MINUS = "\N{MINUS SIGN}"


def duration(seconds: float | None) -> str:
    """Return a duration in its two largest units: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return _two(minutes // 60, "h", minutes % 60, "min")
    hours = round(minutes / 60)
    return _two(hours // 24, "d", hours % 24, "h")


def share(value: float | None) -> str:
    """Return a share of 1 in per cent with one decimal; 100 % only when it is exactly that."""
    if value is None:
        return NOTHING
    return f"{_tenths(value) / 10:.1f} %".replace(".0 %", " %")


def between(least: float | None, most: float | None, answers: int) -> str:
    """Return between what a share likely lies, in whole per cent; under ten answers tell nothing.

    `58 % to 85 %`
    """
    if least is None or most is None:
        return NOTHING
    if answers < _TELLING:
        return "too few to tell"
    return f"{round(least * 100)} % to {round(most * 100)} %"


def difference(now: float | None, before: float | None) -> str:
    """Return how many points a share moved: `+2.5 points`, `no change`, "" where unknown."""
    if now is None or before is None:
        return ""
    points = _tenths(now) - _tenths(before)
    if points == 0:
        return "no change"
    return f"{'+' if points > 0 else MINUS}{abs(points) / 10:g} points"


def _tenths(value: float) -> int:
    """Return a share in tenths of a per cent, never rounded up to all or down to nothing."""
    tenths = round(value * 1000)
    if value < 1:
        tenths = min(tenths, 999)
    return max(tenths, 1) if value > 0 else tenths


def _two(first: int, first_unit: str, second: int, second_unit: str) -> str:
    return f"{first} {first_unit} {second} {second_unit}" if second else f"{first} {first_unit}"
