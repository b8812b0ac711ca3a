"""Whom a note calls by name, and when it is quiet."""

from datetime import UTC, datetime

import pytest

from desk.kit.errors import Invalid
from desk.notices.rules import hour, mentioned, quiet_until

NAMES = {1: "Ann Lee", 2: "Bob", 3: "Ann Berg", 4: "Zoë Öz"}


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@Ann Lee can you look?", {1}),
        ("Ask @bob, please.", {2}),
        ("(@Bob) and @ann   berg!", {2, 3}),
        ("@Ann", set()),  # two are called so
        ("@Zoë", {4}),
        ("@zoë öz.", {4}),
        ("@Bobby, write to x@bob.example or ann@bob", set()),
        ("`@Bob` and ```\n@Bob\n```", set()),
        ("@bob.example", set()),
        ("", set()),
    ],
)
def test_a_note_calls_whom_it_names_and_nobody_else(text: str, called: set[int]) -> None:
    assert mentioned(text, NAMES) == called


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-11-28T21:30", "2026-11-29T06:00"),  # 22:30 in Paris
        ("2026-11-29T02:00", "2026-11-29T06:00"),
        ("2026-11-29T06:00", None),
        ("2026-11-28T12:00", None),
        ("2026-03-28T22:00", "2026-03-29T05:00"),  # the night the clocks go forward
    ],
)
def test_quiet_goes_over_midnight_by_the_clock_on_the_wall(now: str, ends: str | None) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = quiet_until(at, "22:00", "07:00", "Europe/Paris")
    assert found == (datetime.fromisoformat(ends).replace(tzinfo=UTC) if ends else None)


def test_no_quiet_is_no_quiet_and_no_time_is_none() -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    assert quiet_until(now, "", "", "UTC") is None
    assert quiet_until(now, "07:00", "07:00", "UTC") is None
    for wrong in ("7", "24:00", "12:60", "noon"):
        with pytest.raises(Invalid):
            hour(wrong)
