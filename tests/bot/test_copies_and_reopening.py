"""One mail to several of our inboxes; and what a customer's word does to a case that is done."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from bot.intake import Desk, take_message
from desk.agents.actions import set_presence
from desk.agents.rules import Presence
from desk.cases import actions, jobs
from desk.cases.rules import Status
from desk.events.actors import SYSTEM, agent
from desk.kit.clock import FrozenClock
from desk.messages.queries import MessageView
from desk.ports.messages import InboundMessage, Sender
from desk.queues import actions as queues
from desk.queues import queries
from desk.queues.queries import DoneCases, Reopened
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled

ADA, BOB = Sender(address="ada@example.org"), Sender(address="bob@example.org")
LETTER = InboundMessage(external_id="<1@x>", sender=ADA, text="My lamp", one_of_copies=True)
DAY = timedelta(days=1)


async def take(desk: PaperDesk, inbox: str, message: InboundMessage) -> None:
    """Let a message come to one of two inboxes."""

    def unit(c: Connection) -> None:
        (queue, *_) = queries.list_queues(c)
        queues.define_inbox(c, "billing", "paper", "Billing", queue.id, bot=False)
        here = Desk(inbox=queries.inbox(c, inbox))
        take_message(c, here, message, (), 0, desk.clock.now())

    await desk.db.write(unit)


async def first_message(desk: PaperDesk) -> MessageView:
    return next(line for line in (await desk.detail()).timeline if isinstance(line, MessageView))


async def test_one_mail_to_two_inboxes_is_one_case_that_says_so(desk: PaperDesk) -> None:
    for inbox in (INBOX, "billing"):
        await take(desk, inbox, LETTER)
    assert len(await desk.cases()) == 1
    said = await first_message(desk)
    assert [(one.code, one.detail) for one in said.remarks] == [("also_to", "billing")]
    assert "billing too" in said.trace[-1].words


async def test_a_mail_that_only_has_the_same_id_is_another_one(desk: PaperDesk) -> None:
    await take(desk, INBOX, LETTER)
    await take(desk, "billing", replace(LETTER, text="Another thing"))
    await take(desk, "billing", replace(LETTER, external_id="<2@x>"))
    await take(desk, INBOX, replace(LETTER, external_id="<3@x>"))
    await take(desk, "billing", replace(LETTER, external_id="<3@x>", sender=BOB))
    assert len(await desk.cases()) == 5


async def test_where_it_is_wished_each_inbox_has_its_own_case(desk: PaperDesk) -> None:
    for inbox in (INBOX, "billing"):
        await take(desk, inbox, replace(LETTER, one_of_copies=False))
    assert len(await desk.cases()) == 2


async def resolved(desk: PaperDesk, done: DoneCases) -> None:
    """Open a case of Alice's in a queue with this policy, and resolve it."""
    await desk.arrive("1", InboundMessage(external_id="1", sender=ADA, thread="t1", text="Hello"))
    await desk.until(settled)

    def unit(c: Connection) -> None:
        (queue, *_) = queries.list_queues(c)
        queues.settle_done(c, queue.id, done)
        now = desk.clock.now()
        actions.assign(c, 1, desk.alice, actor=SYSTEM, now=now)
        actions.set_status(c, 1, Status.RESOLVED, actor=agent(desk.alice), now=now)

    await desk.db.write(unit)


async def again(desk: PaperDesk, clock: FrozenClock, after: timedelta) -> None:
    """Let the customer write again, so long after; cases are closed meanwhile."""
    clock.advance(after)
    await desk.db.write(jobs.close_resolved, now=clock.now())
    more = InboundMessage(external_id="2", sender=ADA, thread="t1", text="Again")
    await desk.arrive("2", more)
    await desk.until(settled)


async def test_a_closed_case_is_reopened_within_the_days_of_its_queue(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolved(desk, DoneCases(reopen_days=30))
    await again(desk, clock, 20 * DAY)
    (row,) = await desk.cases()
    assert (row.status, row.episode, row.assignee_name) == ("open", 2, "Alice")


async def test_after_those_days_even_a_resolved_case_is_followed_by_a_new_one(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolved(desk, DoneCases(reopen_days=1, close_after_days=100))
    await again(desk, clock, 2 * DAY)
    first, second = await desk.cases()
    assert (first.status, second.follows_id) == ("resolved", first.id)


async def test_a_queue_closes_its_cases_when_it_says_so(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolved(desk, DoneCases(close_after_days=1))
    await again(desk, clock, 2 * DAY)
    first, second = await desk.cases()
    assert (first.status, second.follows_id) == ("closed", first.id)


@pytest.mark.parametrize(
    ("to", "presence", "owner"),
    [
        (Reopened.OWNER, Presence.OFFLINE, "Alice"),
        (Reopened.OWNER_IF_HERE, Presence.ONLINE, "Alice"),
        (Reopened.OWNER_IF_HERE, Presence.AWAY, None),
        (Reopened.QUEUE, Presence.ONLINE, None),
    ],
)
async def test_a_reopened_case_goes_to_whom_its_queue_says(
    desk: PaperDesk, clock: FrozenClock, to: Reopened, presence: Presence, owner: str | None
) -> None:
    await resolved(desk, DoneCases(reopened_to=to))
    now, me = clock.now(), agent(desk.alice)
    await desk.db.write(set_presence, desk.alice, presence, "", actor=me, now=now)
    await again(desk, clock, timedelta(hours=1))
    (row,) = await desk.cases()
    assert (row.status, row.assignee_name) == ("open", owner)


async def test_how_often_a_customer_may_reopen_is_his_queues_setting(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolved(desk, DoneCases(reopenings_an_hour=1))
    await again(desk, clock, timedelta(minutes=1))
    await desk.db.write(actions.set_status, 1, Status.RESOLVED, actor=SYSTEM, now=clock.now())
    more = InboundMessage(external_id="3", sender=ADA, thread="t1", text="And again")
    await desk.arrive("3", more)
    await desk.until(settled)
    (row,) = await desk.cases()
    assert (row.status, row.episode) == ("resolved", 2)
    assert "again and again" in row.flag
