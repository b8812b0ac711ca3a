"""Cases merged into one and split in two: what goes where, and that all of it can be taken back."""

from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection

from desk.cases import actions, merging, queries
from desk.cases.queries import CaseRow
from desk.events.actors import agent
from desk.kit.clock import FrozenClock
from desk.kit.errors import Conflict, Invalid
from desk.messages.queries import MessageView
from desk.ports.messages import InboundMessage, Remark, Sender
from desk.sla import actions as promises
from desk.sla import queries as sla
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled

ADA, BOB = Sender(address="ada@example.org"), Sender(address="bob@example.org")


def said(key: str, text: str, *, sender: Sender = ADA, **more: Any) -> InboundMessage:
    return InboundMessage(external_id=key, sender=sender, text=text, **more)


def later(desk: PaperDesk, by: timedelta = timedelta(minutes=1)) -> None:
    assert isinstance(desk.clock, FrozenClock)
    desk.clock.advance(by)


async def arrive(desk: PaperDesk, *things: InboundMessage) -> None:
    for one in things:
        later(desk)
        await desk.arrive(one.external_id, one, order=one.thread or one.external_id)
        await desk.until(settled)


async def do(desk: PaperDesk, action: Any, *arguments: int) -> Any:
    who, now = agent(desk.alice), desk.clock.now()
    return await desk.db.write(action, *arguments, actor=who, now=now)


async def texts(desk: PaperDesk, number: int = 1001) -> list[str]:
    timeline = (await desk.detail(number)).timeline
    return [line.text for line in timeline if isinstance(line, MessageView)]


async def case(desk: PaperDesk, number: int) -> CaseRow:
    return await desk.db.read(queries.by_number, number)


async def test_a_merged_case_leads_to_the_one_that_has_all_that_was_said(desk: PaperDesk) -> None:
    await arrive(desk, said("a1", "My lamp", thread="a"), said("b1", "The bulb", thread="b"))
    await do(desk, merging.merge, 2, 1)
    assert await texts(desk) == ["My lamp", "The bulb"]
    gone = await case(desk, 1002)
    assert (gone.status, gone.merged_into) == ("closed", 1001)
    await arrive(desk, said("b2", "It flickers", thread="b"))
    await arrive(desk, said("x1", "And by mail", case_id=2), said("x2", "Hm", mentions_number=1002))
    assert await texts(desk) == ["My lamp", "The bulb", "It flickers", "And by mail", "Hm"]
    assert (await case(desk, 1001)).preview == "Hm"
    assert len(await desk.cases()) == 2


async def test_an_answer_in_a_merged_case_goes_out_in_the_one_it_went_into(
    desk: PaperDesk,
) -> None:
    await arrive(desk, said("a1", "My lamp", thread="a"), said("b1", "The bulb", thread="b"))
    await do(desk, merging.merge, 2, 1)
    await desk.answer(2, "On its way")
    assert (await texts(desk))[-1] == "On its way"


async def test_an_unmerge_brings_back_what_was_and_what_was_said_since(desk: PaperDesk) -> None:
    await arrive(desk, said("a1", "My lamp", thread="a"), said("b1", "The bulb", thread="b"))
    before = await case(desk, 1002)
    await do(desk, merging.merge, 2, 1)
    await arrive(desk, said("b2", "It flickers", thread="b"), said("a2", "Hello?", thread="a"))
    await do(desk, merging.unmerge, 2)
    assert await texts(desk, 1001) == ["My lamp", "Hello?"]
    assert await texts(desk, 1002) == ["The bulb", "It flickers"]
    after = await case(desk, 1002)
    assert (after.status, after.merged_into) == (before.status, None)
    assert (after.unanswered_since, after.preview) == (before.unanswered_since, "It flickers")
    with pytest.raises(Conflict, match="not merged"):
        await do(desk, merging.unmerge, 2)


async def test_a_merged_case_has_no_promise_of_its_own(desk: PaperDesk) -> None:
    await arrive(desk, said("a1", "My lamp", thread="a"), said("b1", "The bulb", thread="b"))

    async def states(case_id: int) -> set[str]:
        now = desk.clock.now()
        await desk.db.write(promises.refresh, case_id, now=now)
        clocks = await desk.db.read(sla.clocks_of, case_id, now)
        return {clock.state for clock in clocks}

    assert await states(2) == {"running"}
    await do(desk, merging.merge, 2, 1)
    assert await states(2) == {"cancelled"}
    assert await states(1) == {"running"}
    await do(desk, merging.unmerge, 2)
    assert await states(2) == {"running"}


async def test_what_cannot_be_merged_is_refused_in_a_sentence(desk: PaperDesk) -> None:
    await arrive(desk, said("a1", "My lamp", thread="a"), said("b1", "The bulb", thread="b"))
    with pytest.raises(Conflict, match="one case already"):
        await do(desk, merging.merge, 1, 1)
    await do(desk, merging.merge, 2, 1)
    for one, other in ((2, 1), (1, 2)):  # a ring would lead nowhere
        with pytest.raises(Conflict, match="one case already"):
            await do(desk, merging.merge, one, other)
    with pytest.raises(Conflict, match="merged"):
        await do(desk, merging.split, 2, 1)


async def test_a_split_takes_along_what_came_later_and_its_answers_follow(
    desk: PaperDesk,
) -> None:
    await arrive(desk, said("a1", "My lamp"))
    await do(desk, _assign, 1)
    changed = Remark("subject_changed", "My lamp")
    invoice = said("a2", "An invoice", case_id=1, subject="Invoice", remarks=(changed,))
    await arrive(desk, invoice)
    await desk.answer(1, "Here it is")
    new_id = await do(desk, merging.split, 1, 2)
    assert await texts(desk, 1001) == ["My lamp"]
    assert await texts(desk, 1002) == ["An invoice", "Here it is"]
    new = await case(desk, 1002)
    assert (new.id, new.subject, new.assignee_name) == (new_id, "Invoice", "Alice")
    assert (new.status, new.unanswered_since) == ("pending", None)
    # Our token in the answer names the old case; the message it answers is in the new one.
    await arrive(desk, said("a3", "Thanks", case_id=1, in_reply_to=("a2",)))
    assert (await texts(desk, 1002))[-1] == "Thanks"
    await arrive(desk, said("a4", "The lamp?", case_id=1, in_reply_to=("a1",)))
    assert (await texts(desk, 1001))[-1] == "The lamp?"
    await do(desk, merging.merge, new_id, 1)  # which undoes it
    assert len(await texts(desk, 1001)) == 5


async def test_the_promise_of_a_split_case_counts_from_the_customers_question(
    desk: PaperDesk,
) -> None:
    await arrive(desk, said("a1", "My lamp"), said("a2", "An invoice", case_id=1))
    asked = desk.clock.now()
    later(desk, timedelta(hours=1))
    new_id = await do(desk, merging.split, 1, 2)
    now = desk.clock.now()
    await desk.db.write(promises.refresh, new_id, now=now)
    clocks = await desk.db.read(sla.clocks_of, new_id, now)
    assert {clock.started_at for clock in clocks} == {asked}


async def test_a_split_that_would_leave_nothing_behind_is_refused(desk: PaperDesk) -> None:
    await arrive(desk, said("a1", "My lamp"), said("b1", "Other", thread="b"))
    with pytest.raises(Invalid, match="nothing would stay"):
        await do(desk, merging.split, 1, 1)
    with pytest.raises(Invalid, match="not in this case"):
        await do(desk, merging.split, 1, 2)


async def test_a_participants_mail_that_is_split_off_is_his_own_case(desk: PaperDesk) -> None:
    await arrive(desk, said("a1", "My lamp", recipients=(BOB.address,)))
    await arrive(desk, said("b1", "I have one too", sender=BOB, case_id=1))
    await do(desk, merging.split, 1, 2)
    assert (await desk.detail(1002)).customer.identities[0].address == BOB.address


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_merged_and_unmerged_in_whatever_order_ends_where_it_belongs(
    desk: PaperDesk, seed: int
) -> None:
    chance, home = Random(seed), dict[str, str]()
    threads = "abcd"
    for number in range(40):
        what = chance.random()
        one, other = chance.sample(range(1, 5), 2)
        if number < len(threads) or what < 0.5:
            thread = threads[number] if number < len(threads) else chance.choice(threads)
            home[f"{thread}{number}"] = thread
            await arrive(desk, said(f"{thread}{number}", f"{thread}{number}", thread=thread))
        else:
            with suppress(Conflict):
                if what < 0.8:
                    await do(desk, merging.merge, one, other)
                else:
                    await do(desk, merging.unmerge, one)
    left = list(range(1, 5))
    chance.shuffle(left)
    for case_id in left:
        with suppress(Conflict):
            await do(desk, merging.unmerge, case_id)
    found = {one: await texts(desk, 1000 + one) for one in range(1, 5)}
    assert found == {
        one: [text for text, at in home.items() if at == threads[one - 1]] for one in range(1, 5)
    }


def _assign(c: Connection, case_id: int, *, actor: Any, now: Any) -> None:
    actions.assign(c, case_id, actor.id, actor=actor, now=now)
