"""Nobody sees what was said to another: signed mails passed on, borrowed ids, guessed buttons."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, select

from channels.sandbox.paper import said
from desk.arrivals import queries as arrivals
from desk.cases import actions
from desk.cases.outgoing import outgoing
from desk.cases.rules import Status
from desk.cases.timeline import EventLine
from desk.customers import actions as customers
from desk.customers import queries as people
from desk.customers.tables import identities
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from desk.kit.errors import Conflict, Invalid
from desk.ports.messages import (
    Automation,
    ButtonPressed,
    Choice,
    MessageDeleted,
    MessageEdited,
    Sender,
)
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_outbound import done
from tests.bot.test_recording import settled, texts, was_tried

ADA = Sender(address="ada@acme.example", name="Ada", organization="acme.example")
BEA = Sender(address="bea@acme.example", name="Bea", organization="acme.example")
EVE = Sender(address="eve@gmail.com", name="Eve", organization="gmail.com")
DAN = Sender(address="dan@gmail.com", name="Dan", organization="gmail.com")


async def test_a_stranger_with_a_signed_mail_of_ours_gets_a_linked_case_of_his_own(
    desk: PaperDesk,
) -> None:
    await desk.arrive("1", said("m1", "My contract", sender=ADA, thread=""))
    await desk.until(settled)
    (case,) = await desk.cases()
    await desk.arrive("2", said("m2", "Me too", sender=EVE, thread="", case_id=case.id))
    await desk.until(settled)
    first, second = await desk.cases()
    assert (second.customer_name, second.follows_id) == ("Eve", first.id)
    assert "without taking part" in second.flag
    await desk.answer(first.id, "Here is your contract.")
    await desk.until(done)
    assert [line["to"] for line in desk.channel.sent] == [ADA.address]


async def test_a_colleague_of_the_customer_may_answer_in_his_case(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "Our contract", sender=ADA, thread=""))
    await desk.until(settled)
    (case,) = await desk.cases()
    await desk.arrive("2", said("m2", "I may sign", sender=BEA, thread="", case_id=case.id))
    await desk.until(settled)
    assert texts((await desk.detail()).timeline) == ["Our contract", "I may sign"]
    bea = await desk.db.read(people.find_identity, "paper", BEA.address)
    assert bea is not None
    answer = await desk.answer(case.id, "Thank you")
    sent = await desk.db.read(outgoing, answer, bea.id, voice="The desk")
    assert (sent.message.recipient, sent.message.recipient_name) == (BEA.address, "Bea")


async def test_sharing_a_free_mail_domain_makes_nobody_a_colleague(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "My order", sender=EVE, thread=""))
    await desk.arrive("2", said("m2", "And mine", sender=DAN, thread="", in_reply_to=("m1",)))
    await desk.until(settled)
    assert [case.customer_name for case in await desk.cases()] == ["Eve", "Dan"]


async def test_a_machine_that_answers_for_the_customer_is_kept_in_his_case(
    desk: PaperDesk,
) -> None:
    await desk.arrive("1", said("m1", "hello", sender=ADA, thread=""))
    await desk.until(settled)
    (case,) = await desk.cases()
    away = said(
        "m2",
        "away",
        sender=Sender(address="daemon@mail.example"),
        thread="",
        case_id=case.id,
        automation=Automation.AUTO_REPLY,
    )
    await desk.arrive("2", away)
    await desk.until(settled)
    assert texts((await desk.detail()).timeline) == ["hello", "away"]
    await desk.answer(case.id, "Hello Ada")
    await desk.until(done)
    assert desk.channel.sent[-1]["to"] == ADA.address


async def test_an_answer_cannot_be_sent_to_somebody_elses_address(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello", sender=ADA))
    await desk.arrive("2", said("m2", "hello", sender=EVE, thread="t2"), order="t2")
    await desk.until(settled)
    eve = await desk.db.read(people.find_identity, "paper", EVE.address)
    case = next(one for one in await desk.cases() if one.customer_name == "Ada")
    assert eve is not None
    with pytest.raises(Invalid, match="never written there"):
        await desk.answer(case.id, "Your contract, Ada", identity_id=eve.id)


async def test_a_known_id_does_not_swallow_another_customers_message(desk: PaperDesk) -> None:
    await desk.arrive("1", said("<1@host>", "hello", sender=ADA, thread=""))
    await desk.arrive("2", said("<1@host>", "help!", sender=EVE, thread=""))
    await desk.arrive("3", said("<1@host>", "hello", sender=ADA, thread=""))
    await desk.until(settled)
    assert [case.preview for case in await desk.cases()] == ["hello", "help!"]


async def test_a_button_under_another_customers_message_presses_nothing(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.until(settled)
    (case,) = await desk.cases()
    await desk.answer(case.id, "Did this help?", choices=(Choice(label="Yes", value="yes"),))
    await desk.until(done)
    source = desk.channel.sent[0]["id"]
    press = partial(ButtonPressed, source_external_id=source, value="y\0es")
    await desk.arrive("2", press(external_id="p1", sender=EVE, thread="t2"), order="t2")
    await desk.until(settled)
    assert "choice.taken" not in await kinds(desk)
    await desk.arrive("3", press(external_id="p2", sender=Sender(address="ada"), thread="t1"))
    await desk.until(settled)
    assert "choice.taken" in await kinds(desk)


async def test_nobody_outside_edits_or_takes_back_what_we_said(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.until(settled)
    await desk.answer(1, "We pay you 10.")
    await desk.until(done)
    ours = desk.channel.sent[0]["id"]
    ada = Sender(address="ada")
    await desk.arrive("2", MessageEdited(external_id=ours, sender=ada, text="We pay you 1000."))
    await desk.arrive("3", MessageDeleted(external_id=ours))
    await desk.until(settled)
    assert texts((await desk.detail()).timeline) == ["hello", "We pay you 10."]


async def test_odd_characters_and_endless_ids_do_not_stop_a_message(desk: PaperDesk) -> None:
    long = "<" + "x" * 9000 + "é@host>"
    await desk.arrive(
        "k" * 9000 + "\0",
        said(long, "first\0 line", sender=ADA, thread="", html="<p>a\0b</p>"),
        order="o" * 9000,
    )
    answer = said("\0m2", "second", sender=ADA, thread="", in_reply_to=(long,))
    await desk.arrive("2", answer, order="o" * 9000)
    edit = MessageEdited(external_id=long, sender=ADA, text="first", html="<p>\0</p>")
    await desk.arrive("3", edit, order="o" * 9000)
    await desk.until(settled)
    assert texts((await desk.detail()).timeline) == ["first", "second"]
    assert await desk.db.read(arrivals.set_aside) == []


async def test_a_sender_whom_no_network_has_is_set_aside_with_a_sentence(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await desk.arrive("1", said("m1", "hello", sender=Sender(address="a" * 5000), thread=""))
    for count in (1, 2):
        await desk.until(partial(was_tried, count=count))
        clock.advance(timedelta(seconds=5))
        desk.db.wake.ring()
    await desk.until(settled)
    (poison,) = await desk.db.read(arrivals.set_aside)
    assert "No sender" in poison.reason


async def test_a_number_that_no_case_can_have_is_no_poison(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello", thread="", mentions_number=99_999_999_999))
    await desk.until(settled)
    assert len(await desk.cases()) == 1


async def test_a_clock_set_back_joins_no_mails_that_have_nothing_to_do_with_each_other(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await desk.arrive("1", said("m1", "My lamp", thread=""))
    await desk.until(settled)
    clock.advance(timedelta(minutes=-3))
    await desk.arrive("2", said("m2", "My chair", thread=""))
    await desk.until(settled)
    assert len(await desk.cases()) == 2


async def test_messages_are_shown_as_they_came_whatever_the_clock_said(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    for n in range(3):
        await desk.arrive(str(n), said(f"m{n}", f"line {n}"))
        await desk.until(settled)
        clock.advance(timedelta(minutes=-1))
    assert texts((await desk.detail()).timeline) == ["line 0", "line 1", "line 2"]


async def test_a_key_of_another_answer_returns_nobody_elses_words(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.arrive("2", said("m2", "hi", sender=EVE, thread="t2"), order="t2")
    await desk.until(settled)
    one, two = [case.id for case in await desk.cases()]
    first = await desk.answer(one, "For Ada", client_id="c1")
    assert await desk.answer(one, "For Ada", client_id="c1") == first
    with pytest.raises(Conflict, match="client_id"):
        await desk.answer(two, "For Eve", client_id="c1")
    with pytest.raises(Conflict, match="client_id"):
        await desk.answer(one, "Other words", client_id="c1")


async def test_an_answer_to_a_resolved_case_may_open_it_again(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello"))
    await desk.until(settled)
    await desk.db.write(actions.set_status, 1, Status.RESOLVED, actor=SYSTEM, now=desk.clock.now())
    await desk.answer(1, "One more thing", then=Status.PENDING)
    assert (await desk.detail()).case.status == "resolved"
    await desk.answer(1, "We look at it again", then=Status.OPEN)
    assert ((await desk.detail()).case.status, (await desk.detail()).case.episode) == ("open", 2)


async def test_whoever_was_merged_a_moment_ago_writes_as_who_he_is_now(desk: PaperDesk) -> None:
    await desk.arrive("1", said("m1", "hello", sender=ADA))
    await desk.arrive("2", said("m2", "hi", sender=BEA, thread="t2"), order="t2")
    await desk.until(settled)

    def ids(c: Connection) -> dict[str, int]:
        query = select(identities.c.address, identities.c.customer_id)
        return {row.address: row.customer_id for row in c.execute(query)}

    who = await desk.db.read(ids)
    kept, merged = who[ADA.address], who[BEA.address]
    now = desk.clock.now()
    await desk.db.write(customers.merge, kept, merged, proof="hand", actor=SYSTEM, now=now)
    known = await desk.db.write(customers.identify, "paper", BEA, actor=SYSTEM, now=now)
    assert known.customer_id == kept


async def kinds(desk: PaperDesk) -> list[str]:
    return [line.kind for line in (await desk.detail()).timeline if isinstance(line, EventLine)]
