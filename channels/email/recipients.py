"""Whom an inbox may write to."""

from collections.abc import Sequence


def allowed(recipients: Sequence[str], only_to: Sequence[str]) -> tuple[str, ...]:
    """Return those of `recipients` that an inbox may write to; all of them without a list."""
    known = {one.strip().casefold().lstrip("@") for one in only_to}
    return tuple(
        one
        for one in recipients
        if not known or {one.casefold(), one.casefold().rpartition("@")[2]} & known
    )
