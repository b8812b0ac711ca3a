"""What the record makes of who writes: colleagues, forgers, crowds, machines; on both engines."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from channels.sandbox.paper import PaperChannel, said
from desk.agents.actions import AgentDraft, create_agent
from desk.arrivals import queries as arrivals
from desk.arrivals.tables import arrivals as journal
from desk.cases import actions
from desk.cases.rules import Status
from desk.db.engine import Database
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from desk.messages.queries import MessageView, NoteView
from desk.ports.channel import Capabilities
from desk.ports.messages import Automation, Forwarded, InboundMessage, MessageSent, Sender
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled, texts, was_tried

ADA = Sender(address="ada@home.example", name="Ada")
BOB = Sender(address="bob@other.example", name="Bob")
ALICE = Sender(address="alice@desk.example", name="Alice")


class Letters(PaperChannel):
    """Paper on which machines write too, as in e-mail."""

    capabilities: ClassVar[Capabilities] = replace(PaperChannel.capabilities, machines_write=True)


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path, kind=Letters)
    await paper.furnish()
    async with paper.working():
        yield paper


def letter(external_id: str, text: str, **more: object) -> InboundMessage:
    return said(external_id, text, **({"sender": ADA, "thread": ""} | more))


async def last(desk: PaperDesk, number: int = 1001) -> MessageView:
    lines = (await desk.detail(number)).timeline
    return [one for one in lines if isinstance(one, MessageView)][-1]


async def codes(desk: PaperDesk, number: int = 1001) -> list[str]:
    return [one.code for one in (await last(desk, number)).remarks]


async def test_a_forged_sender_joins_no_case_by_what_he_quotes(desk: PaperDesk) -> None:
    await desk.arrive("1", letter("m1", "Where is my lamp?"))
    forged = letter("m2", "Send it here.", in_reply_to=("m1",), genuine=False)
    await desk.arrive("2", forged)
    numbered = letter("m3", "And the bill?", mentions_number=1001, genuine=False)
    await desk.arrive("3", numbered)
    await desk.until(settled)
    cases = await desk.cases()
    assert [case.number for case in cases] == [1001, 1002, 1003]
    assert "may be forged" in cases[1].flag
    assert (await last(desk, 1002)).genuine is False


async def test_a_genuine_sender_joins_by_the_same(desk: PaperDesk) -> None:
    await desk.arrive("1", letter("m1", "Where is my lamp?"))
    await desk.arrive("2", letter("m2", "Any news?", in_reply_to=("m1",), genuine=True))
    await desk.until(settled)
    assert texts((await desk.detail()).timeline) == ["Where is my lamp?", "Any news?"]


async def test_answers_of_many_to_one_letter_are_cases_of_their_own(desk: PaperDesk) -> None:
    await desk.arrive("1", letter("news", "Our spring sale"))
    for n in range(4):
        who = Sender(address=f"reader{n}@place{n}.example")
        await desk.arrive(f"r{n}", letter(f"r{n}", "Stop it", sender=who, in_reply_to=("news",)))
    await desk.until(settled)
    cases = await desk.cases()
    assert len(cases) == 5
    assert [case.follows_id for case in cases[3:]] == [None, None]


async def test_a_forward_by_an_agent_is_the_customers_message(desk: PaperDesk) -> None:
    inner = Forwarded(sender=BOB, text="It is broken.", subject="My lamp", note="Please help him")
    mail = letter("m1", "all of it", sender=ALICE, forwarded=inner, genuine=True)
    await desk.arrive("1", mail)
    await desk.until(settled)
    (case,) = await desk.cases()
    assert (case.customer_name, case.subject) == ("Bob", "My lamp")
    message = await last(desk)
    assert (message.text, message.full_text) == ("It is broken.", "all of it")
    assert [one.detail for one in message.remarks] == [ALICE.address]
    notes = [one for one in (await desk.detail()).timeline if isinstance(one, NoteView)]
    assert [(one.agent_name, one.text) for one in notes] == [("Alice", "Please help him")]


async def test_a_forward_by_a_stranger_stays_his(desk: PaperDesk) -> None:
    inner = Forwarded(sender=BOB, text="Give him my money.", note="")
    await desk.arrive("1", letter("m1", "look at this", forwarded=inner))
    await desk.until(settled)
    (case,) = await desk.cases()
    assert case.customer_name == "Ada"


async def test_a_forward_in_an_agents_forged_name_stays_nobodys_word(desk: PaperDesk) -> None:
    inner = Forwarded(sender=BOB, text="Give her my money.", note="Pay her")
    mail = letter("m1", "look", sender=ALICE, forwarded=inner, genuine=False)
    await desk.arrive("1", mail)
    await desk.until(settled)
    detail = await desk.detail()
    assert detail.case.customer_name == "Alice"
    assert not [one for one in detail.timeline if isinstance(one, NoteView)]


def sent(external_id: str, text: str, **more: object) -> MessageSent:
    writer = Sender(address="support@desk.example", name="Alice from Acme")
    return MessageSent(external_id=external_id, writer=writer, text=text, **more)  # type: ignore[arg-type]


async def test_what_an_agent_wrote_in_his_mail_program_is_his_reply(desk: PaperDesk) -> None:
    await desk.arrive("1", letter("m1", "Where is my lamp?"))
    mail = sent("s1", "On its way.", in_reply_to=("m1",), recipients=(ADA.address,), genuine=True)
    await desk.arrive("2", mail)
    await desk.arrive("3", mail)
    await desk.until(settled)
    (case,) = await desk.cases()
    assert (case.status, case.assignee_name) == ("pending", "Alice")
    assert case.first_reply_at is not None
    message = await last(desk)
    assert (message.author, message.agent_name, message.text) == ("agent", "Alice", "On its way.")
    assert desk.channel.sent == []


async def test_an_answer_to_it_joins_the_case(desk: PaperDesk) -> None:
    await desk.arrive("1", letter("m1", "Where is my lamp?"))
    await desk.arrive("2", sent("s1", "On its way.", in_reply_to=("m1",), genuine=True))
    await desk.until(settled)
    await desk.arrive("3", letter("m2", "Thanks", in_reply_to=("s1",)))
    await desk.until(settled)
    (case,) = await desk.cases()
    assert case.status == "open"


async def test_what_is_sent_outside_of_any_case_is_of_no_concern(desk: PaperDesk) -> None:
    await desk.arrive("1", sent("s1", "Lunch?", recipients=("x@y.example",), genuine=True))
    await desk.until(settled)
    assert await desk.cases() == []
    assert await desk.db.read(lambda c: c.scalars(select(journal.c.state)).all()) == ["ignored"]


async def test_a_mail_that_only_claims_to_be_ours_is_set_aside(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await desk.arrive("1", sent("s1", "I am the boss."))
    for count in (1, 2):
        await desk.until(partial(was_tried, count=count))
        clock.advance(timedelta(seconds=5))
        desk.db.wake.ring()
    await desk.until(settled)
    (kept,) = await desk.db.read(arrivals.set_aside)
    assert "belongs to no case" in kept.reason
    assert await desk.cases() == []


async def test_our_own_mail_come_back_is_dropped(desk: PaperDesk) -> None:
    await desk.arrive("1", letter("m1", "hello", automation=Automation.LOOP))
    await desk.until(settled)
    assert await desk.cases() == []


async def test_one_called_like_an_agent_is_remarked(desk: PaperDesk) -> None:
    impostor = Sender(address="alice@evil.example", name="ALICE ")
    await desk.arrive("1", letter("m1", "It is me", sender=impostor))
    await desk.arrive("2", letter("m2", "It is really me", sender=ALICE))
    await desk.until(settled)
    assert await codes(desk, 1001) == ["named_like_agent"]
    assert await codes(desk, 1002) == []


async def test_another_subject_is_remarked_once(desk: PaperDesk) -> None:
    await desk.arrive("1", letter("m1", "hello", subject="Order 1234 has not come"))
    await desk.arrive("2", letter("m2", "hm", subject="Re: Order 1234 has not come", case_id=1))
    await desk.until(settled)
    assert await codes(desk) == []
    await desk.arrive("3", letter("m3", "also", subject="Wrong invoice address", case_id=1))
    await desk.until(settled)
    assert await codes(desk) == ["subject_changed"]
    await desk.arrive("4", letter("m4", "and", subject="Re: Wrong invoice address", case_id=1))
    await desk.until(settled)
    assert await codes(desk) == []


async def test_a_token_that_goes_round_is_remarked(desk: PaperDesk) -> None:
    await desk.arrive("1", letter("m1", "hello"))
    await desk.until(settled)
    for n in range(4):
        who = Sender(address=f"x@place{n}.example")
        mail = letter(f"t{n}", f"hi {n}", sender=who, case_id=1, token="c1.abc")
        await desk.arrive(f"t{n}", mail)
        await desk.until(settled)
    numbers = [case.number for case in await desk.cases()]
    assert await codes(desk, numbers[-2]) == []
    assert await codes(desk, numbers[-1]) == ["passed_around"]


async def test_the_same_words_a_third_time_are_muted(desk: PaperDesk, clock: FrozenClock) -> None:
    for n in range(3):
        await desk.arrive(f"{n}", letter(f"m{n}", "Your request was received.", case_id=1))
        await desk.until(settled)
        if n == 1:
            await desk.db.write(
                actions.set_status, 1, Status.RESOLVED, actor=SYSTEM, now=clock.now()
            )
    (case,) = await desk.cases()
    assert case.status == "resolved"
    assert (await last(desk)).automation == "repeated"
    clock.advance(timedelta(hours=2))
    await desk.arrive("9", letter("m9", "Your request was received.", case_id=1))
    await desk.until(settled)
    (case,) = await desk.cases()
    assert case.status == "open"


async def test_a_second_agent_of_the_same_name_leaves_the_writer_unknown(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    draft = AgentDraft(email="alice2@desk.example", name="Alice")
    await desk.db.write(create_agent, draft, actor=SYSTEM, now=clock.now())
    await desk.arrive("1", letter("m1", "Where is my lamp?"))
    await desk.arrive("2", sent("s1", "On its way.", in_reply_to=("m1",), genuine=True))
    await desk.until(settled)
    assert (await last(desk)).agent_name is None


async def test_a_case_that_is_reopened_without_end_stays_resolved(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await desk.arrive("0", letter("m0", "hello", case_id=None))
    await desk.until(settled)
    for n in range(1, 8):
        row = (await desk.cases())[0]
        if row.status != "resolved":
            await desk.db.write(
                actions.set_status, 1, Status.RESOLVED, actor=SYSTEM, now=clock.now()
            )
        clock.advance(timedelta(minutes=1))
        await desk.arrive(f"{n}", letter(f"m{n}", f"again {n}", case_id=1))
        await desk.until(settled)
    (case,) = await desk.cases()
    assert (case.status, case.episode) == ("resolved", 6)
    assert "again and again" in case.flag
    clock.advance(timedelta(hours=1))
    await desk.arrive("9", letter("m9", "now?", case_id=1))
    await desk.until(settled)
    (case,) = await desk.cases()
    assert case.status == "open"


async def test_where_it_is_asked_for_a_mail_joins_its_senders_case_with_that_subject(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    about: dict[str, object] = {"same_subject": "My lamp", "same_subject_s": 3600}
    await desk.arrive("1", letter("m1", "Where is it?", subject="Re: My lamp"))
    await desk.arrive("2", letter("m2", "Still nothing", subject="AW: My lamp", **about))
    await desk.arrive("3", letter("m3", "Mine too", subject="My lamp", sender=BOB, **about))
    await desk.until(settled)
    assert texts((await desk.detail()).timeline) == ["Where is it?", "Still nothing"]
    clock.advance(timedelta(hours=2))
    await desk.arrive("4", letter("m4", "Hello again", subject="My lamp", **about))
    await desk.arrive("5", letter("m5", "And this", subject="", same_subject="", same_subject_s=60))
    await desk.until(settled)
    assert len(await desk.cases()) == 4
    assert "the same subject" in (await last(desk)).trace[0].words


SIGNATURE = "Ada Lovelace\nHead of Engines\n+44 20 7946 0000"


async def test_a_signature_that_comes_again_and_again_is_folded_away(desk: PaperDesk) -> None:
    for number, words in enumerate(("My lamp", "It flickers", "Hello?\n\nStill there?"), start=1):
        await desk.arrive(str(number), letter(f"m{number}", f"{words}\n\n{SIGNATURE}", thread="t"))
        await desk.until(settled)
    bob = letter("m4", f"Me too\n\n{SIGNATURE}", thread="b", sender=BOB)
    await desk.arrive("4", bob)
    await desk.arrive("5", letter("m5", SIGNATURE, thread="t"))
    await desk.until(settled)
    said_now = texts((await desk.detail()).timeline)
    assert said_now[:3] == [
        f"My lamp\n\n{SIGNATURE}",
        f"It flickers\n\n{SIGNATURE}",
        "Hello?\n\nStill there?",
    ]
    assert said_now[-1] == SIGNATURE  # nothing else would be left
    third = [one for one in (await desk.detail()).timeline if isinstance(one, MessageView)][2]
    assert third.full_text == f"Hello?\n\nStill there?\n\n{SIGNATURE}"
    assert texts((await desk.detail(1002)).timeline) == [f"Me too\n\n{SIGNATURE}"]


async def test_our_own_words_below_an_answer_are_cut_and_kept_in_the_whole(
    desk: PaperDesk,
) -> None:
    await desk.arrive("1", letter("m1", "Where is my lamp?"))
    await desk.until(settled)
    words = "Your lamp left our house on Monday and comes on Wednesday."
    await desk.answer(1, words)
    await desk.arrive("2", letter("m2", f"Great!\n\n{words}", in_reply_to=("m1",)))
    await desk.until(settled)
    answer = await last(desk)
    assert (answer.text, answer.full_text) == ("Great!", f"Great!\n\n{words}")
