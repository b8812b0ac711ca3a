"""The life of a case: which status may follow which."""

import pytest

from desk.cases.rules import ACTIVE, Status, after_inbound, refusal

ALLOWED = {
    ("new", "open"),
    ("new", "pending"),
    ("new", "on_hold"),
    ("new", "resolved"),
    ("open", "pending"),
    ("open", "on_hold"),
    ("open", "resolved"),
    ("pending", "open"),
    ("pending", "on_hold"),
    ("pending", "resolved"),
    ("on_hold", "open"),
    ("on_hold", "pending"),
    ("on_hold", "resolved"),
    ("resolved", "open"),
    ("resolved", "closed"),
}


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("after", Status)
def test_every_pair_of_statuses_is_allowed_or_refused_with_a_sentence(
    before: Status, after: Status
) -> None:
    refused = refusal(before, after)
    if (before.value, after.value) in ALLOWED:
        assert refused is None
    else:
        assert refused is not None
        assert refused[0].isupper()
        assert refused.endswith((".", "later."))


def test_a_new_case_stays_new_when_its_customer_writes_more() -> None:
    assert after_inbound(Status.NEW) is Status.NEW


@pytest.mark.parametrize("before", [Status.PENDING, Status.ON_HOLD, Status.RESOLVED])
def test_a_customer_who_writes_makes_the_case_open(before: Status) -> None:
    assert after_inbound(before) is Status.OPEN


def test_resolved_and_closed_are_not_active() -> None:
    assert {status for status in Status if status not in ACTIVE} == {
        Status.RESOLVED,
        Status.CLOSED,
    }
