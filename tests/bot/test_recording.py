"""From the journal to the record: who wrote, which case, what became of it; on both engines."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from bot.inbound import Patience
from channels.sandbox.paper import said
from desk.arrivals import queries as arrivals
from desk.arrivals.actions import RECORD
from desk.arrivals.tables import arrivals as journal
from desk.cases import actions
from desk.cases.jobs import close_resolved
from desk.cases.rules import Status
from desk.cases.timeline import EventLine
from desk.customers import actions as customers
from desk.customers import queries as people
from desk.db import jobs
from desk.db.engine import Database
from desk.db.tables import jobs as job_rows
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from desk.kit.errors import Conflict
from desk.messages.queries import MessageView
from desk.messages.tables import deliveries
from desk.ports.inbound import ReachabilityChanged
from desk.ports.messages import (
    Automation,
    ButtonPressed,
    Choice,
    MessageDeleted,
    MessageEdited,
    Sender,
)
from desk.queues.queries import list_inboxes
from tests.bot.paper_desk import INBOX, PaperDesk

BRUNO = Sender(address="bruno", name="Bruno")


def settled(c: Connection) -> bool:
    return "waiting" not in c.scalars(select(journal.c.state)).all()


async def test_a_first_message_makes_a_customer_and_a_case(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "Where is my lamp?"))
    await desk.until(settled)
    (case,) = await desk.cases()
    assert (case.number, case.status, case.customer_name) == (1001, "new", "Ada")
    assert case.subject == "Where is my lamp?"


async def test_the_same_payload_twice_is_one_message(desk: PaperDesk) -> None:
    first = await desk.arrive("1", said("m1", "hello"))
    again = await desk.arrive("1", said("m1", "hello"))
    await desk.until(settled)
    assert (first.fresh, again.fresh) == (True, False)
    assert len((await desk.detail()).timeline) == 2  # the message, and "opened"


async def test_the_same_message_in_two_payloads_is_one_message(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.arrive("2", said("m1", "hello"))
    await desk.until(settled)
    assert texts((await desk.detail()).timeline) == ["hello"]


async def test_messages_of_one_conversation_stay_in_order(desk: PaperDesk) -> None:
    wanted = [f"line {n}" for n in range(30)]
    for n, text in enumerate(wanted):
        await desk.arrive(str(n), said(f"m{n}", text))
    await desk.until(settled)
    assert texts((await desk.detail()).timeline) == wanted


async def test_strangers_never_share_a_case(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.arrive("2", said("m2", "hello", sender=BRUNO, thread="t2"), order="t2")
    await desk.until(settled)
    assert [case.customer_name for case in await desk.cases()] in (
        ["Ada", "Bruno"],
        ["Bruno", "Ada"],
    )


async def test_chatter_that_belongs_to_no_case_makes_nobody_a_customer(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "lunch?", opens_case=False))
    await desk.until(settled)
    assert await desk.cases() == []
    assert await desk.db.read(people.find_identity, "paper", "ada") is None


async def test_chatter_in_the_conversation_of_a_case_is_part_of_it(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.arrive("2", said("m2", "me too", sender=BRUNO, opens_case=False))
    await desk.until(settled)
    assert texts((await desk.detail()).timeline) == ["hello", "me too"]


async def test_poison_is_set_aside_and_the_next_message_goes_on(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await desk.arrive_raw("bad", b"\xff not json")
    await desk.arrive("good", said("m1", "hello"))
    for count in (1, 2):
        await desk.until(partial(was_tried, count=count))
        clock.advance(timedelta(seconds=5))
        desk.db.wake.ring()
    await desk.until(settled)
    (poison,) = await desk.db.read(arrivals.set_aside)
    assert poison.size_bytes == len(b"\xff not json")
    assert "not a list of inbound things" in poison.reason
    assert len(await desk.cases()) == 1


class HastyDesk(PaperDesk):
    patience = Patience(tries=1)


async def test_how_often_an_arrival_is_tried_is_a_setting(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = HastyDesk(database, clock, tmp_path)
    await desk.furnish()
    async with desk.working():
        await desk.arrive_raw("bad", b"\xff not json")
        await desk.until(settled)
    assert len(await desk.db.read(arrivals.set_aside)) == 1


async def test_a_worker_that_lost_its_arrival_sets_nothing_aside(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path)
    await desk.furnish()
    await desk.arrive_raw("bad", b"not json")

    def take(c: Connection) -> jobs.Job:
        lease = timedelta(seconds=30)
        return jobs.claim(c, RECORD, limit=1, lease=lease, now=clock.now())[0]

    slow = await database.write(take)
    await database.write(lambda c: c.execute(update(job_rows).values(token="another")))
    for _ in range(3):
        with pytest.raises(Conflict, match="lease"):
            await desk.recorder.work(slow)
    assert await database.read(was_tried, 0)


async def test_a_reply_reopens_a_resolved_case(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.until(settled)
    (case,) = await desk.cases()
    await resolve(desk, case.id)
    await desk.arrive("2", said("m2", "still broken"))
    await desk.until(settled)
    (case,) = await desk.cases()
    assert (case.status, case.episode) == ("open", 2)


async def test_a_reply_to_a_closed_case_opens_one_that_follows_it(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.until(settled)
    (case,) = await desk.cases()
    await resolve(desk, case.id)
    clock.advance(timedelta(days=4))
    await desk.db.write(close_resolved, now=clock.now())
    await desk.arrive("2", said("m2", "one more thing"))
    await desk.until(settled)
    first, second = await desk.cases()
    assert first.status == "closed"
    assert second.follows_id == first.id


async def test_an_out_of_office_note_neither_reopens_nor_answers(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.until(settled)
    (case,) = await desk.cases()
    await resolve(desk, case.id)
    away = said("m2", "I am away", automation=Automation.AUTO_REPLY)
    await desk.arrive("2", away)
    await desk.until(settled)
    (case,) = await desk.cases()
    assert case.status == "resolved"
    assert texts((await desk.detail()).timeline) == ["hello", "I am away"]


async def test_an_edit_keeps_the_version_before_and_opens_nothing(desk: PaperDesk) -> None:
    sender = Sender(address="ada", name="Ada")
    await desk.arrive("1", said("m1", "helo"))
    await desk.arrive("2", MessageEdited(external_id="m1", sender=sender, text="hello"))
    await desk.until(settled)
    (message,) = messages((await desk.detail()).timeline)
    assert (message.text, message.edited) == ("hello", True)
    assert len(await desk.cases()) == 1


async def test_a_message_taken_back_is_shown_as_taken_back(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "oops"))
    await desk.arrive("2", MessageDeleted(external_id="m1", thread="t1"))
    await desk.until(settled)
    (message,) = messages((await desk.detail()).timeline)
    assert (message.text, message.deleted) == ("", True)


async def test_a_button_press_is_told_on_its_case(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    press = ButtonPressed(external_id="p1", sender=Sender(address="ada"), thread="t1", value="yes")
    await desk.arrive("2", press)
    await desk.until(settled)
    kinds = [line.kind for line in (await desk.detail()).timeline if isinstance(line, EventLine)]
    assert "choice.taken" in kinds


async def test_blocking_us_marks_the_identity_and_writing_again_mends_it(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    gone = ReachabilityChanged(address="ada", reachable=False, reason="blocked the bot")
    await desk.arrive("2", gone)
    await desk.until(settled)
    (identity,) = (await desk.detail()).customer.identities
    assert (identity.reachable, identity.unreachable_reason) == (False, "blocked the bot")
    await desk.arrive("3", said("m2", "back again"))
    await desk.until(settled)
    (identity,) = (await desk.detail()).customer.identities
    assert identity.reachable


async def test_a_customer_who_carries_a_link_token_to_another_channel_is_one_record(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.arrive("2", said("m2", "hi", sender=BRUNO, thread="t2"), order="t2")
    await desk.until(settled)
    identity = await desk.db.read(people.find_identity, INBOX, "ada")
    if identity is None:
        identity = await desk.db.read(people.find_identity, "paper", "ada")
    assert identity is not None
    token = await desk.db.write(customers.create_link_token, identity.id, now=clock.now())
    await desk.arrive("3", said("m3", "", sender=BRUNO, thread="t2", link_token=token), order="t2")
    await desk.until(settled)
    cases = await desk.cases()
    assert {case.customer_id for case in cases} == {identity.customer_id}
    customer = await desk.db.read(people.show, identity.customer_id)
    assert [i.assurance for i in customer.identities] == ["verified", "verified"]


async def test_a_link_token_works_once_and_not_after_fifteen_minutes(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.until(settled)
    identity = await desk.db.read(people.find_identity, "paper", "ada")
    assert identity is not None
    token = await desk.db.write(customers.create_link_token, identity.id, now=clock.now())
    clock.advance(timedelta(minutes=15))
    assert await desk.db.write(customers.use_link_token, token, now=clock.now()) is None
    token = await desk.db.write(customers.create_link_token, identity.id, now=clock.now())
    assert await desk.db.write(customers.use_link_token, token, now=clock.now()) == identity.id
    assert await desk.db.write(customers.use_link_token, token, now=clock.now()) is None


def was_tried(c: Connection, count: int) -> bool:
    return c.scalars(select(journal.c.tries).order_by(journal.c.id)).first() == count


def messages(timeline: Sequence[object]) -> list[MessageView]:
    return [line for line in timeline if isinstance(line, MessageView)]


def texts(timeline: Sequence[object]) -> list[str]:
    return [message.text for message in messages(timeline)]


async def resolve(desk: PaperDesk, case_id: int) -> None:
    await desk.db.write(
        actions.set_status, case_id, Status.RESOLVED, actor=SYSTEM, now=desk.clock.now()
    )


async def test_an_inbox_tells_when_it_last_brought_a_message(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    (before,) = await desk.db.read(list_inboxes)
    assert before.last_inbound_at is None
    for number, passed_s in enumerate((0, 30, 90)):
        clock.advance(timedelta(seconds=passed_s))
        await desk.arrive(f"last{number}", said(f"last{number}", "hello"))
        await desk.until(settled)
        (after,) = await desk.db.read(list_inboxes)
        assert after.last_inbound_at is not None
        assert clock.now() - after.last_inbound_at <= timedelta(minutes=1)


async def test_a_press_is_told_by_what_stood_on_the_button(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.until(settled)
    yes = Choice(label="Yes, it did", value="bot:yes")
    await desk.answer(1, "Did this help?", author="bot", then=None, choices=(yes,))
    line = await desk.until(lambda c: c.scalars(select(deliveries.c.external_id)).first())
    press = ButtonPressed(
        external_id="p1",
        source_external_id=line,
        sender=Sender(address="ada"),
        thread="t1",
        value="bot:yes",
    )
    await desk.arrive("2", press)
    await desk.until(settled)
    told = [one.fact for one in (await desk.detail()).timeline if isinstance(one, EventLine)]
    assert [fact["label"] for fact in told if fact["type"] == "choice.taken"] == ["Yes, it did"]
