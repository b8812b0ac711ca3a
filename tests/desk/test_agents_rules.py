"""Rules of agents, held by examples and laws."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.agents import rules
from desk.kit.errors import Invalid

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_an_address_is_one_address_however_it_is_written() -> None:
    assert rules.fold_email("  Alice@Desk.Example ") == "alice@desk.example"


@given(st.text())
def test_what_is_no_address_is_refused_and_the_rest_is_stable(text: str) -> None:
    try:
        folded = rules.fold_email(text)
    except Invalid:
        return
    assert rules.fold_email(folded) == folded


@pytest.mark.parametrize("password", ["short", "x" * 1001, ""])
def test_a_password_is_long_enough_and_not_a_book(password: str) -> None:
    with pytest.raises(Invalid):
        rules.check_password(password)


@given(used=st.timedeltas(timedelta(), timedelta(days=89)))
def test_a_session_ends_two_weeks_after_use_and_ninety_days_after_sign_in(used: timedelta) -> None:
    expiry = rules.session_expiry(MONDAY, MONDAY + used)
    assert MONDAY + used < expiry <= MONDAY + timedelta(days=90)
    assert expiry <= MONDAY + used + timedelta(days=14)


@given(kind=st.sampled_from(["pair", "ip", "email"]), failures=st.integers(0, 100_000))
def test_each_failure_shuts_the_door_no_shorter_than_the_one_before(
    kind: str, failures: int
) -> None:
    before = rules.locked_for(kind, failures) or timedelta()
    after = rules.locked_for(kind, failures + 1) or timedelta()
    assert before <= after <= timedelta(hours=1)


def test_a_stranger_cannot_lock_an_agent_out_by_guessing_a_little() -> None:
    assert rules.locked_for("pair", 5) == timedelta(minutes=1)
    assert rules.locked_for("email", 49) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),  # one household has 2^64 of them
        ("2001:db8:1:2::1%eth0", "2001:db8:1:2::2"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_who_has_many_addresses_has_one_counter(one: str, other: str) -> None:
    assert rules.failure_keys("a@b.example", one) == rules.failure_keys("a@b.example", other)


@pytest.mark.parametrize("other", ["203.0.113.8", "2001:db8:1:3::1", "unknown"])
def test_neighbours_do_not_share_a_counter(other: str) -> None:
    for own in ("203.0.113.9", "2001:db8:1:2::1"):
        assert rules.network_of(own) != rules.network_of(other)


@given(st.text())
def test_after_sign_in_one_stays_on_this_site(text: str) -> None:
    path = rules.safe_next(text)
    assert path.startswith("/")
    assert path[1:2] not in ("/", "\\")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8.0", "A program"),
    ],
)
def test_a_browser_is_named_as_a_person_would(header: str, words: str) -> None:
    assert rules.browser_of(header) == words
