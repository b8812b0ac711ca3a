"""What networks say of our messages: bounces, delays, complaints; and who gets a copy."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from channels.sandbox.paper import PaperChannel, said
from desk.arrivals.tables import arrivals as journal
from desk.cases import copies
from desk.customers.queries import IdentityView
from desk.db.engine import Database
from desk.kit.clock import FrozenClock
from desk.kit.errors import ChannelBusy, Conflict, Invalid, Uncertain
from desk.messages.queries import MessageView
from desk.messages.tables import deliveries as rows
from desk.ports.channel import Capabilities
from desk.ports.inbound import Complained, DeliveryReported
from desk.ports.messages import Sender
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_outbound import done
from tests.bot.test_recording import settled

WRONG = "There is no such address."
ADA, BOB = "ada@home.example", "bob@other.example"


class Letters(PaperChannel):
    """Paper as e-mail is: machines write, copies are sent, a repetition is the same letter."""

    capabilities: ClassVar[Capabilities] = replace(
        PaperChannel.capabilities,
        machines_write=True,
        copies=True,
        repeats_safely=True,
        retry_s=(60, 300),
        patience_hours=48,
    )


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path, kind=Letters)
    await paper.furnish()
    async with paper.working():
        await write(paper, "m1", "Where is my lamp?", recipients=(BOB,))
        yield paper


async def write(desk: PaperDesk, key: str, text: str, who: str = ADA, **more: Any) -> None:
    letter = said(key, text, sender=Sender(address=who, name=who[:3]), thread="", **more)
    await desk.arrive(key, letter)
    await desk.until(settled)


async def sent(desk: PaperDesk, text: str = "On its way.", **more: Any) -> str:
    """Let Alice answer and return the network's id of it."""
    await desk.answer(1, text, **more)
    await desk.until(done)
    return str(desk.channel.sent[-1]["id"])


async def told(desk: PaperDesk, key: str, external_id: str, state: str, **more: Any) -> None:
    details: dict[str, Any] = {"address": ADA, "proved": True, "detail": WRONG}
    report = DeliveryReported(external_id=external_id, state=state, **(details | more))
    await desk.arrive(key, report)
    await desk.until(settled)


async def answer_of(desk: PaperDesk) -> MessageView:
    timeline = (await desk.detail()).timeline
    return [x for x in timeline if isinstance(x, MessageView) and x.author == "agent"][-1]


async def identity(desk: PaperDesk) -> IdentityView:
    return (await desk.detail()).customer.identities[0]


async def became(desk: PaperDesk) -> tuple[str, str]:
    latest = select(journal.c.state, journal.c.reason).order_by(journal.c.id.desc()).limit(1)
    row = await desk.db.read(lambda c: c.execute(latest).one())
    return row.state, row.reason


async def test_a_bounce_is_shown_on_its_message_and_calls_for_a_look(desk: PaperDesk) -> None:
    await told(desk, "b1", await sent(desk), "failed")
    (case,) = await desk.cases()
    assert case.flag == f"Not delivered to {ADA}: There is no such address."
    assert (await answer_of(desk)).state == "failed"


async def test_after_a_hard_bounce_the_next_answer_warns_until_he_writes_again(
    desk: PaperDesk,
) -> None:
    await told(desk, "b1", await sent(desk), "failed", final=True)
    assert not (await identity(desk)).reachable
    with pytest.raises(Conflict, match="cannot be reached there"):
        await desk.answer(1, "Did you get it?")
    await write(desk, "m2", "It works again", in_reply_to=("m1",))
    assert (await identity(desk)).reachable
    assert await desk.answer(1, "Good!")


async def test_a_mailbox_that_is_full_is_written_to_again(desk: PaperDesk) -> None:
    await told(desk, "b1", await sent(desk), "failed", detail="The mailbox is full.")
    assert (await identity(desk)).reachable


async def test_a_report_that_nothing_proves_marks_no_address(desk: PaperDesk) -> None:
    await sent(desk)
    await told(desk, "b1", "", "failed", final=True, proved=False)
    assert (await answer_of(desk)).state == "failed"  # found by its recipient
    assert (await identity(desk)).reachable


async def test_a_report_about_a_mail_we_never_sent_is_kept_for_the_admin(desk: PaperDesk) -> None:
    await sent(desk)
    await told(desk, "b1", "", "failed", address="nobody@x.example", proved=False, final=True)
    state, reason = await became(desk)
    assert state == "unmatched"
    assert reason.startswith("A report about mail to nobody@x.example: There is no such")
    assert len(await desk.cases()) == 1
    assert (await answer_of(desk)).state == "accepted"


async def test_a_report_by_recipient_counts_for_a_week(desk: PaperDesk, clock: FrozenClock) -> None:
    await sent(desk)
    clock.advance(timedelta(days=8))
    await told(desk, "b1", "", "failed", proved=False)
    assert (await became(desk))[0] == "unmatched"


async def test_a_delay_is_shown_and_fails_nothing(desk: PaperDesk) -> None:
    await told(desk, "b1", await sent(desk), "delayed", detail="The server is busy.")
    message = await answer_of(desk)
    assert message.state == "accepted"
    assert message.deliveries[0].reason == "The server is busy."
    assert (await desk.cases())[0].flag == ""


async def test_a_bounce_of_a_copy_leaves_the_letter_delivered(desk: PaperDesk) -> None:
    external_id = await sent(desk, cc=None)
    await told(desk, "b1", external_id, "failed", address=BOB, final=True)
    assert (await answer_of(desk)).state == "accepted"
    assert f"Not delivered to {BOB}" in (await desk.cases())[0].flag
    assert (await identity(desk)).reachable


async def test_a_complaint_ends_automatic_messages_and_calls_for_a_look(desk: PaperDesk) -> None:
    external_id = await sent(desk)
    await desk.arrive("c1", Complained(external_id=external_id, proved=True))
    await desk.until(settled)
    assert (await identity(desk)).complained_at is not None
    assert "spam" in (await desk.cases())[0].flag


async def test_a_complaint_that_nothing_proves_changes_nothing(desk: PaperDesk) -> None:
    external_id = await sent(desk)
    await desk.arrive("c1", Complained(external_id=external_id))
    await desk.until(settled)
    assert (await identity(desk)).complained_at is None
    assert (await became(desk))[0] == "unmatched"


async def test_a_reply_is_copied_to_whom_the_customer_addressed(desk: PaperDesk) -> None:
    await sent(desk, cc=None)
    assert desk.channel.sent[-1]["cc"] == [BOB]
    assert (await answer_of(desk)).recipients == [BOB]
    await sent(desk, "Only for you", cc=())
    assert desk.channel.sent[-1]["cc"] == []
    await sent(desk, "For Carol too", cc=("Carol@x.example", BOB, ADA))
    assert desk.channel.sent[-1]["cc"] == ["carol@x.example", BOB]


async def test_who_cannot_be_reached_gets_no_copy(desk: PaperDesk) -> None:
    await write(desk, "m2", "Me too", who=BOB)
    await desk.answer(2, "Yes")
    await desk.until(done)
    await told(desk, "b1", desk.channel.sent[-1]["id"], "failed", address=BOB, final=True)
    await sent(desk, cc=None)
    assert desk.channel.sent[-1]["cc"] == []


async def test_a_copy_goes_to_mail_addresses_only(desk: PaperDesk) -> None:
    with pytest.raises(Invalid, match="is no mail address"):
        await desk.answer(1, "hello", cc=("Bob",))
    many = tuple(f"p{n}@x.example" for n in range(copies.MOST + 1))
    with pytest.raises(Invalid, match="40 people"):
        await desk.answer(1, "hello", cc=many)


async def test_who_was_sent_a_copy_may_answer_into_the_case(desk: PaperDesk) -> None:
    await write(desk, "m2", "I am with her", who=BOB, in_reply_to=("m1",))
    await write(desk, "m3", "So am I", who="eve@evil.example", in_reply_to=("m1",))
    mine, eves = await desk.cases()
    assert (await desk.detail(eves.number)).case.follows_id == mine.id
    texts = [x.text for x in (await desk.detail()).timeline if isinstance(x, MessageView)]
    assert texts == ["Where is my lamp?", "I am with her"]


async def test_every_message_tells_why_it_is_where_it_is(desk: PaperDesk) -> None:
    await write(desk, "m2", "Any news?", in_reply_to=("m1",))
    lines = [x for x in (await desk.detail()).timeline if isinstance(x, MessageView)]
    assert [[step.words for step in line.trace] for line in lines] == [
        ["A new case: nothing known."],
        ["Into its case: it answers a message of #1001."],
    ]


async def test_a_letter_of_unknown_fate_is_sent_once_more_and_then_left_to_a_person(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    desk.channel.refusals += [Uncertain("The server went away."), Uncertain("Again.")]
    await desk.answer(1, "hello")
    await desk.until(_is_waiting)
    clock.advance(timedelta(minutes=2))
    desk.db.wake.ring()
    await desk.until(done)
    message = await answer_of(desk)
    assert (message.state, message.deliveries[0].reason) == ("uncertain", "Again.")


async def test_a_letter_is_tried_at_the_channels_own_pauses_and_for_as_long(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    desk.channel.refusals += [ChannelBusy("Greylisted.") for _ in range(5)]
    await desk.answer(1, "hello")
    for pause_s in (60, 300, 300):
        await desk.until(_is_waiting)
        (retry_at,) = await desk.db.read(lambda c: c.scalars(select(rows.c.retry_at)).all())
        assert retry_at is not None
        assert 0.9 * pause_s <= (retry_at - clock.now()).total_seconds() <= 1.1 * pause_s
        clock.advance(timedelta(seconds=1.2 * pause_s))
        desk.db.wake.ring()
        await desk.until(partial(_was_put_off, retry_at))
    clock.advance(timedelta(hours=49))
    desk.db.wake.ring()
    await desk.until(done)
    (send,) = (await answer_of(desk)).deliveries
    assert (send.state, "48 hours" in send.reason) == ("failed", True)


def _was_put_off(before: datetime, c: Connection) -> bool:
    return bool(c.scalars(select(rows.c.retry_at)).one() != before)


def _is_waiting(c: Connection) -> bool:
    return any(c.scalars(select(rows.c.retry_at)))
