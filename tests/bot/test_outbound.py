"""From the record to the network: each part once, every outcome told; on both engines."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from channels.sandbox.paper import said
from desk.cases import jobs, talk
from desk.cases.rules import Status
from desk.db.engine import Database
from desk.events.actors import agent
from desk.kit.clock import FrozenClock
from desk.kit.errors import (
    ChannelBroken,
    ChannelBusy,
    Conflict,
    Refusal,
    Uncertain,
    Undeliverable,
)
from desk.messages import deliveries
from desk.messages.queries import MessageView
from desk.messages.rules import SETTLED
from desk.messages.tables import deliveries as rows
from desk.ports.channel import Health, HealthState
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    async with paper.working():
        await paper.arrive("1", said("m1", "Where is my lamp?"))
        await paper.until(settled)
        yield paper


def done(c: Connection) -> bool:
    states = c.scalars(select(rows.c.state)).all()
    return bool(states) and all(state in SETTLED for state in states)


def is_waiting(c: Connection) -> bool:
    return any(c.scalars(select(rows.c.retry_at)))


async def answer_of(desk: PaperDesk) -> MessageView:
    timeline = (await desk.detail()).timeline
    return [x for x in timeline if isinstance(x, MessageView) and x.author == "agent"][-1]


async def test_an_answer_goes_where_the_customer_wrote(desk: PaperDesk) -> None:
    await desk.answer(1, "On its way.")
    await desk.until(done)
    (line,) = desk.channel.sent
    assert (line["to"], line["thread"], line["text"]) == ("ada", "t1", "On its way.")
    assert line["in_reply_to"] == "m1"
    assert (await answer_of(desk)).state == "accepted"


async def test_an_answer_makes_the_case_wait_for_the_customer_and_belong_to_its_author(
    desk: PaperDesk,
) -> None:
    await desk.answer(1, "On its way.")
    (case,) = await desk.cases()
    assert (case.status, case.assignee_name) == ("pending", "Alice")
    assert case.unanswered_since is None
    assert case.first_reply_at is not None


async def test_the_same_client_id_is_the_same_answer(desk: PaperDesk) -> None:
    first = await desk.answer(1, "On its way.", client_id="c1")
    again = await desk.answer(1, "On its way.", client_id="c1")
    await desk.until(done)
    assert first == again
    assert len(desk.channel.sent) == 1


async def test_a_long_answer_leaves_in_parts_in_order(desk: PaperDesk) -> None:
    await desk.answer(1, "one\n---\ntwo\n---\nthree")
    await desk.until(done)
    assert [line["text"] for line in desk.channel.sent] == ["one", "two", "three"]


async def test_answers_keep_their_order_when_the_first_must_wait(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    desk.channel.refusals.append(ChannelBusy("flood limit", 3))
    await desk.answer(1, "first")
    await desk.answer(1, "second")
    await desk.until(is_waiting)
    assert desk.channel.sent == []
    clock.advance(timedelta(seconds=4))
    desk.db.wake.ring()
    await desk.until(done)
    assert [line["text"] for line in desk.channel.sent] == ["first", "second"]


async def test_a_send_of_unknown_outcome_is_shown_and_never_repeated_by_itself(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    desk.channel.refusals.append(Uncertain("the connection broke after the bytes were sent"))
    await desk.answer(1, "hello")
    await desk.until(done)
    clock.advance(timedelta(hours=1))
    desk.db.wake.ring()
    message = await answer_of(desk)
    assert (message.state, desk.channel.sent) == ("uncertain", [])


async def test_a_person_may_send_the_uncertain_one_again(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    desk.channel.refusals.append(Uncertain("who knows"))
    await desk.answer(1, "hello")
    await desk.until(done)
    delivery = (await answer_of(desk)).deliveries[0]
    await desk.db.write(deliveries.send_again, delivery.id, now=clock.now())
    await desk.until(done)
    assert len(desk.channel.sent) == 1
    with pytest.raises(Conflict, match="failed or is uncertain"):
        await desk.db.write(deliveries.send_again, delivery.id, now=clock.now())


async def test_a_customer_who_blocked_us_is_marked_and_the_next_answer_is_refused(
    desk: PaperDesk,
) -> None:
    desk.channel.refusals.append(Undeliverable("blocked by the customer"))
    await desk.answer(1, "hello")
    await desk.until(done)
    assert (await answer_of(desk)).state == "failed"
    assert (await desk.cases())[0].flag == "Not delivered to Ada: blocked by the customer"
    (identity,) = (await desk.detail()).customer.identities
    assert identity.unreachable_reason == "blocked by the customer"
    with pytest.raises(Conflict, match="cannot be reached"):
        await desk.answer(1, "hello again")


async def test_content_the_channel_refuses_is_sent_once_more_as_plain_text(
    desk: PaperDesk,
) -> None:
    desk.channel.refusals.append(Undeliverable("invalid blocks", Refusal.CONTENT))
    await desk.answer(1, "hello")
    await desk.until(done)
    (line,) = desk.channel.sent
    assert line["plain"] is True


async def test_an_answer_to_a_message_that_is_gone_is_sent_without_it(desk: PaperDesk) -> None:
    desk.channel.refusals.append(Undeliverable("message not found", Refusal.CONTEXT))
    await desk.answer(1, "hello")
    await desk.until(done)
    (line,) = desk.channel.sent
    assert line["in_reply_to"] is None


async def test_a_conversation_that_moved_is_followed_to_its_new_address(desk: PaperDesk) -> None:
    moved = Undeliverable("group upgraded", Refusal.MOVED, moved_to="ada-2")
    desk.channel.refusals.append(moved)
    await desk.answer(1, "hello")
    await desk.until(done)
    (line,) = desk.channel.sent
    assert (line["to"], line["thread"]) == ("ada-2", "ada-2")


async def test_a_broken_inbox_keeps_its_messages_and_tells(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    well = Health(state=HealthState.CONNECTED)
    desk.door.report(well)
    desk.channel.refusals.append(ChannelBroken("the token was revoked"))
    await desk.answer(1, "hello")
    await desk.until(is_waiting)
    desk.door.report(well)  # its socket may well live on: that covers nothing up
    assert desk.health.latest[INBOX].state is HealthState.BROKEN
    clock.advance(timedelta(seconds=61))
    desk.db.wake.ring()
    await desk.until(done)
    assert len(desk.channel.sent) == 1
    assert desk.health.latest[INBOX] == well


async def test_a_busy_channel_is_given_up_after_a_day(desk: PaperDesk, clock: FrozenClock) -> None:
    desk.channel.refusals += [ChannelBusy("down"), ChannelBusy("down")]
    await desk.answer(1, "hello")
    await desk.until(is_waiting)
    clock.advance(timedelta(hours=25))
    desk.db.wake.ring()
    await desk.until(done)
    message = await answer_of(desk)
    assert message.state == "failed"
    assert "after 24 hours" in message.deliveries[0].reason


async def test_a_send_cut_off_by_a_crash_is_uncertain_not_doubled(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path)
    await desk.furnish()
    async with desk.working():
        await desk.arrive("1", said("m1", "hi"))
        await desk.until(settled)
    await desk.answer(1, "hello")
    await database.write(lambda c: c.execute(update(rows).values(state="sending")))
    async with desk.working():
        await desk.until(done)
    assert (await answer_of(desk)).state == "uncertain"
    assert desk.channel.sent == []


async def test_nothing_is_sent_in_a_closed_case(desk: PaperDesk, clock: FrozenClock) -> None:
    await desk.answer(1, "Done.", then=Status.RESOLVED)
    clock.advance(timedelta(days=5))
    await desk.db.write(jobs.close_resolved, now=clock.now())
    with pytest.raises(Conflict, match="closed"):
        await desk.answer(1, "One more word")


async def test_a_list_shows_the_words_of_an_answer_not_its_markup(desk: PaperDesk) -> None:
    words = talk.Reply(
        text="A leg **today** & more", html="<p>A leg <b>today</b>.</p><p>&amp; more</p>"
    )
    who = agent(desk.alice)
    await desk.db.write(talk.reply, 1, words, actor=who, now=desk.clock.now())
    (case,) = await desk.cases()
    assert case.preview == "A leg today. & more"


async def test_a_message_the_network_knows_by_two_ids_is_found_by_both(desk: PaperDesk) -> None:
    desk.channel.also_called = "their-own"
    await desk.answer(1, "On its way.")
    await desk.until(done)
    for key, answered in (("2", "their-own"), ("3", desk.channel.sent[0]["id"])):
        await desk.arrive(key, said(f"m{key}", "Thanks!", thread="", in_reply_to=(answered,)))
        await desk.until(settled)
    assert [case.number for case in await desk.cases()] == [1001]
