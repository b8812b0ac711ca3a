"""When a network refuses."""

from datetime import timedelta

from sqlalchemy import Connection

from desk.customers.queries import find_identity
from desk.messages.actions import find_external
from desk.messages.queries import MessageView
from desk.queues.queries import inbox
from tests.contracts.channels.house import Side, side_of
from tests.contracts.channels.phones import Refusal
from tests.contracts.channels.table import contract, instead

ASKED = "When does it come?"
WORDS = "It comes on **Monday**."
PLAIN = "comes on"
ELSEWHERE = ("email", "telegram", "slack")  # where somebody else's network lies between


def is_waiting(now: MessageView) -> bool:
    sends = now.deliveries
    return now.state == "queued" and bool(sends and sends[0].reason and sends[0].retry_at)


@contract("Later: in an outage it is tried again, and arrives once", only=ELSEWHERE)
async def test_in_an_outage_it_is_tried_again(side: Side) -> None:
    await side.write(ASKED)
    async with side.phone.refusing(Refusal.LATER):
        answer = await side.answer(WORDS)
        await side.becomes(answer, is_waiting)
    assert await side.phone.seen() == []
    await side.house.later(timedelta(minutes=2))
    await side.arrived(answer)
    await side.phone.reads(PLAIN)
    assert await side.phone.times_read(PLAIN) == 1


@contract("Later: one conversation that waits holds up no other", only=ELSEWHERE)
async def test_one_that_waits_holds_up_no_other(side: Side) -> None:
    await side.write(ASKED)
    async with side.phone.refusing(Refusal.LATER):
        answer = await side.answer(WORDS)
        await side.becomes(answer, is_waiting)
    async with side_of(side.house, side.kind) as other:
        await other.write(ASKED)
        await other.arrived(await other.answer(WORDS))
        await other.phone.reads(PLAIN)
    assert await side.phone.seen() == []
    assert is_waiting(await side.message(answer.id))


@contract("Later: what follows waits behind it, in order", only=ELSEWHERE)
async def test_what_follows_waits_behind_it(side: Side) -> None:
    await side.write(ASKED)
    async with side.phone.refusing(Refusal.LATER):
        first = await side.answer("the first")
        await side.becomes(first, is_waiting)
    second = await side.answer("the second")
    await side.house.later(timedelta(minutes=2))
    await side.arrived(second)
    await side.phone.reads("the second")
    seen = [one.text for one in await side.phone.seen()]
    assert ["first" in text for text in seen] == [True, False]


@contract(
    "Unsure: it is never doubled; it is found, or sent safely, or shown to a person", only=ELSEWHERE
)
async def test_what_may_have_arrived_is_never_doubled(side: Side) -> None:
    await side.write(ASKED)
    async with side.phone.refusing(Refusal.UNSURE):
        answer = await side.answer(WORDS)
        await side.becomes(answer, lambda now: is_waiting(now) or now.state not in LEAVING)
    await side.house.later(timedelta(minutes=2))
    ended = await side.ended(answer)
    await side.phone.reads(PLAIN)
    assert await side.phone.times_read(PLAIN) == 1
    if ended.state == "uncertain":
        assert "uncertain whether it reached" in (await side.case()).flag
    assert ended.state == ("uncertain" if side.kind == "telegram" else "accepted")


LEAVING = ("queued", "sending")


@contract("Gone: it has failed with the reason, the case is flagged, the address is marked")
async def test_who_is_gone_is_marked_and_the_case_flagged(side: Side) -> None:
    heard = await side.heard(await side.write(ASKED))
    if side.kind == "chat":
        await side.house.desk.channels[side.inbox].end_visit(heard.address)  # type: ignore[attr-defined]
        answer = await side.ended(await side.answer(WORDS))
    else:
        async with side.phone.refusing(Refusal.GONE):
            answer = await side.ended(await side.answer(WORDS))
    assert (answer.state, bool(answer.deliveries[0].reason)) == ("failed", True)
    assert "Not delivered to" in (await side.case()).flag

    def marked(c: Connection) -> bool:
        found = find_identity(c, side.kind, heard.address)
        return found is not None and not found.reachable

    assert await side.house.desk.db.read(marked)


@contract("Content: what is refused as it is goes out once more, plainer", only=ELSEWHERE)
async def test_what_is_refused_goes_out_plainer(side: Side) -> None:
    await side.write(ASKED)
    async with side.phone.refusing(Refusal.CONTENT):
        await side.arrived(await side.answer(WORDS))
    shown = await side.phone.reads(PLAIN)
    assert "Monday" in shown.text
    assert await side.phone.times_read(PLAIN) == 1


@contract("Content: what is refused plain too has failed, in the network's words", only=ELSEWHERE)
async def test_what_is_refused_plain_too_has_failed(side: Side) -> None:
    await side.write(ASKED)
    async with side.phone.refusing(Refusal.CONTENT, times=2):
        answer = await side.ended(await side.answer(WORDS))
    assert answer.state == "failed"
    assert answer.deliveries[0].reason in (await side.case()).flag
    assert await side.phone.seen() == []


@contract(
    "Context: what answered a message that is gone is sent without it", only=("telegram", "slack")
)
async def test_what_answered_a_message_that_is_gone_is_sent_without_it(side: Side) -> None:
    await side.write(ASKED)
    async with side.phone.refusing(Refusal.CONTEXT):
        await side.arrived(await side.answer(WORDS))
    await side.phone.reads(PLAIN)
    assert await side.phone.times_read(PLAIN) == 1


@contract(
    "Broken: the inbox says so, the answer is kept, and leaves when it is mended", only=ELSEWHERE
)
async def test_a_refused_inbox_keeps_its_answers(side: Side) -> None:
    await side.write(ASKED)
    async with side.phone.refusing(Refusal.BROKEN):
        answer = await side.answer(WORDS)
        await side.becomes(answer, is_waiting)
        await side.until(lambda c: inbox(c, side.inbox).health == "broken")
    await side.house.later(timedelta(seconds=70))
    await side.arrived(answer)
    await side.phone.reads(PLAIN)
    await side.until(lambda c: inbox(c, side.inbox).health == "connected")


@contract(
    "Moved: the conversation is followed to its new address",
    only=("telegram", "slack"),
)
async def test_a_conversation_is_followed_to_its_new_address(side: Side) -> None:
    sent = await side.write(ASKED)
    number = (await side.case()).number
    async with side.phone.refusing(Refusal.MOVED):
        if side.kind == "slack":  # it says so itself; Telegram refuses what goes to the old one
            await side.until(lambda c: find_external(c, side.inbox, sent) is None)
        told = await side.house.alice.reply(number, WORDS)
        await side.arrived(await side.message(int(told["id"])))
    await side.phone.reads(PLAIN)


@contract("A person may send again what has failed", only=ELSEWHERE)
async def test_a_person_may_send_again_what_failed(side: Side) -> None:
    await side.write(ASKED)
    async with side.phone.refusing(Refusal.CONTENT, times=2):
        answer = await side.ended(await side.answer(WORDS))
    await side.asked("POST", f"deliveries/{answer.deliveries[0].id}/retry")
    await side.becomes(answer, lambda now: now.state == "accepted")
    await side.phone.reads(PLAIN)


@instead(
    test_in_an_outage_it_is_tried_again, "there is no network between: it is on his page at once"
)
async def test_there_is_nothing_between_the_desk_and_the_page(side: Side) -> None:
    await side.write(ASKED)
    answer = await side.arrived(await side.answer(WORDS))
    assert answer.deliveries[0].attempts == 1
    assert await side.phone.times_read(PLAIN) == 1
