"""Which case a message belongs to, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from desk.cases.rules import Status
from desk.cases.threading import Findings, Hit, decide
from desk.ports.messages import Automation, InboundMessage, Sender

ADA = Sender(address="ada@example.org")


def message(
    *, automation: Automation | None = None, wants_new_case: bool = False
) -> InboundMessage:
    return InboundMessage(
        external_id="1",
        sender=ADA,
        text="hello",
        automation=automation,
        wants_new_case=wants_new_case,
    )


def hit(case_id: int, status: Status = Status.OPEN, *, takes_part: bool = True) -> Hit:
    return Hit(
        case_id=case_id,
        number=1000 + case_id,
        status=status,
        takes_part=takes_part,
        goes_on=status != Status.CLOSED,
    )


def test_a_signed_token_beats_everything_else() -> None:
    found = Findings(proved=hit(1), answered=[hit(2)], conversation=hit(3), recent=hit(4))
    assert decide(message(), found).case_id == 1


def test_an_answer_joins_the_case_of_the_message_it_answers() -> None:
    verdict = decide(message(), Findings(answered=[hit(2)], conversation=hit(3)))
    assert verdict.case_id == 2
    assert "#1002" in verdict.why


def test_a_message_that_its_own_answer_overtook_joins_it() -> None:
    verdict = decide(message(), Findings(overtaken_by=hit(2), recent=hit(4)))
    assert verdict.case_id == 2
    assert "came before it" in verdict.why
    strangers = Findings(overtaken_by=hit(2, takes_part=False))
    assert decide(message(), strangers).case_id is None
    assert decide(replace(message(), genuine=False), Findings(overtaken_by=hit(2))).case_id is None


def test_a_stranger_who_answers_an_old_message_gets_his_own_linked_case() -> None:
    verdict = decide(message(), Findings(answered=[hit(2, takes_part=False)]))
    assert verdict.case_id is None
    assert verdict.follows_id == 2
    assert "#1002" in verdict.flag


def test_a_signed_token_in_a_strangers_hands_opens_a_linked_case() -> None:
    verdict = decide(message(), Findings(proved=hit(1, takes_part=False), answered=[hit(2)]))
    assert verdict.case_id == 2
    verdict = decide(message(), Findings(proved=hit(1, takes_part=False), recent=hit(4)))
    assert (verdict.case_id, verdict.follows_id) == (None, 1)
    assert "#1001" in verdict.flag


def test_a_machine_that_answers_for_somebody_is_kept_in_his_case() -> None:
    found = Findings(proved=hit(1, takes_part=False))
    assert decide(message(automation=Automation.AUTO_REPLY), found).case_id == 1


def test_a_conversation_goes_on_in_its_case() -> None:
    assert decide(message(), Findings(conversation=hit(3))).case_id == 3


def test_asking_for_a_new_case_opens_one_beside_the_running_conversation() -> None:
    found = Findings(conversation=hit(3), recent=hit(3))
    assert decide(message(wants_new_case=True), found).case_id is None


def test_a_reply_to_a_resolved_case_reopens_it() -> None:
    verdict = decide(message(), Findings(conversation=hit(3, Status.RESOLVED)))
    assert (verdict.case_id, verdict.reopens) == (3, True)


def test_a_reply_to_a_closed_case_opens_one_that_follows_it() -> None:
    verdict = decide(message(), Findings(conversation=hit(3, Status.CLOSED)))
    assert (verdict.case_id, verdict.follows_id) == (None, 3)


def test_a_done_case_goes_on_where_its_queue_allows_it() -> None:
    closed = replace(hit(3, Status.CLOSED), goes_on=True)
    verdict = decide(message(), Findings(conversation=closed))
    assert (verdict.case_id, verdict.reopens) == (3, True)
    old = replace(hit(3, Status.RESOLVED), goes_on=False)
    assert decide(message(), Findings(conversation=old)).follows_id == 3


def test_a_machine_never_reopens_and_never_opens_a_follow_up() -> None:
    for status in (Status.RESOLVED, Status.CLOSED):
        verdict = decide(message(automation=Automation.AUTO_REPLY), Findings(proved=hit(1, status)))
        assert (verdict.case_id, verdict.reopens) == (1, False)


def test_a_number_in_the_subject_proves_nothing_for_an_outsider() -> None:
    verdict = decide(message(), Findings(mentioned=hit(5, takes_part=False)))
    assert verdict.case_id is None
    assert verdict.flag == "Mentions #1005"


def test_a_customer_who_wrote_elsewhere_a_moment_ago_goes_on_in_that_case() -> None:
    assert decide(message(), Findings(recent=hit(4))).case_id == 4


hits = st.builds(hit, st.integers(1, 9), st.sampled_from(Status), takes_part=st.booleans())
findings = st.builds(
    Findings,
    proved=st.none() | hits,
    answered=st.lists(hits, max_size=3),
    conversation=st.none() | hits,
    mentioned=st.none() | hits,
    recent=st.none() | hits.map(lambda h: hit(h.case_id)),
)


@given(found=findings, automation=st.none() | st.sampled_from(Automation), new=st.booleans())
def test_every_verdict_has_its_reason_and_never_joins_a_closed_case_for_a_person(
    found: Findings, automation: Automation | None, new: bool
) -> None:
    verdict = decide(message(automation=automation, wants_new_case=new), found)
    assert verdict.why
    known = [found.proved, *found.answered, found.conversation, found.mentioned, found.recent]
    joined = [h for h in known if h and h.case_id == verdict.case_id]
    if verdict.case_id is not None and automation is None:
        assert any(h.status is not Status.CLOSED for h in joined)


@given(found=findings)
def test_nobody_joins_a_case_he_takes_no_part_in_but_by_the_conversation(
    found: Findings,
) -> None:
    verdict = decide(message(), found)
    ours = [found.conversation, found.recent]
    if verdict.case_id is not None and not any(h and h.case_id == verdict.case_id for h in ours):
        others = [found.proved, *found.answered, found.mentioned]
        assert any(h and h.case_id == verdict.case_id and h.takes_part for h in others)


@pytest.mark.parametrize("automation", Automation)
def test_unmatched_automatic_mail_is_kept_in_a_case_of_its_own(automation: Automation) -> None:
    assert decide(message(automation=automation), Findings()).case_id is None
