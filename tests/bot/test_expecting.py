"""What a customer is told of when he gets an answer: only what the desk knows."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from bot.expecting import outlook
from desk.cases.rules import Priority
from desk.cases.tables import cases, episodes
from desk.db.engine import Database
from desk.messages.tables import messages
from desk.queues import actions as queues
from desk.routing.line import ahead_of
from tests.conftest import MONDAY
from tests.desk.small_desk import come, furnish, pump, write

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)  # a Monday in Paris
SATURDAY = datetime(2026, 3, 7, 11, tzinfo=UTC)


async def test_a_closed_desk_says_when_it_opens_and_nothing_else(database: Database) -> None:
    await database.write(furnish, NOON)
    told = await database.read(outlook, "mail", "", now=SATURDAY)
    assert not told.is_open
    assert told.opens_at == datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert (told.ahead, told.reply_s) == (None, None)
    assert (await database.read(outlook, "mail", "", now=NOON)).is_open


async def test_cases_wait_in_line_by_priority_and_age(database: Database) -> None:
    desk = await database.write(furnish, MONDAY)
    first = await database.write(write, desk, MONDAY, who="ada")
    second = await database.write(write, desk, MONDAY + MINUTE, who="bea")
    late = MONDAY + 2 * MINUTE
    urgent = await database.write(write, desk, late, who="cy", priority=Priority.URGENT)

    async def line() -> list[int | None]:
        return [await database.read(ahead_of, one) for one in (first, second, urgent)]

    assert await line() == [1, 2, 0]
    await database.write(come, desk.alice_id, late)
    await pump(database, late, route=True)
    assert await line() == [None, None, None]


async def test_there_is_no_line_where_agents_take_the_next_themselves(database: Database) -> None:
    desk = await database.write(furnish, MONDAY)
    case_id = await database.write(write, desk, MONDAY)
    assert await database.read(ahead_of, case_id) == 0
    await database.write(lambda c: queues.let_pull(c, desk.queue_id, pulls=True))
    assert await database.read(ahead_of, case_id) is None


async def test_a_conversation_knows_its_own_place(database: Database) -> None:
    desk = await database.write(furnish, NOON)
    await database.write(write, desk, NOON - MINUTE, who="bea")
    case_id = await database.write(write, desk, NOON, who="ada")

    def threaded(c: Connection) -> None:
        c.execute(update(messages).where(messages.c.case_id == case_id).values(thread="t-ada"))

    await database.write(threaded)
    assert (await database.read(outlook, "mail", "t-ada", now=NOON)).ahead == 1
    assert (await database.read(outlook, "mail", "t-else", now=NOON)).ahead is None


async def test_how_fast_most_were_answered_is_said_when_enough_were(database: Database) -> None:
    desk = await database.write(furnish, NOON)
    for n in range(10):
        await database.write(write, desk, NOON, who=f"customer{n}")
    later = NOON + timedelta(hours=2)

    def answered(c: Connection, most: int) -> None:
        ids = list(c.scalars(select(episodes.c.id).order_by(episodes.c.id)))[:most]
        for n, episode in enumerate(ids):
            at = NOON + (n + 1) * MINUTE
            c.execute(update(episodes).where(episodes.c.id == episode).values(first_reply_at=at))

    await database.write(answered, 9)
    assert (await database.read(outlook, "mail", "", now=later)).reply_s is None
    await database.write(answered, 10)
    assert (await database.read(outlook, "mail", "", now=later)).reply_s == 9 * 60
    await database.write(lambda c: c.execute(update(cases).values(inbox="chat")))
    assert (await database.read(outlook, "mail", "", now=later)).reply_s is None


async def test_who_still_waits_counts_as_slow(database: Database) -> None:
    desk = await database.write(furnish, NOON)
    for n in range(14):
        await database.write(write, desk, NOON, who=f"customer{n}")

    def answered(c: Connection) -> None:
        ids = list(c.scalars(select(episodes.c.id).order_by(episodes.c.id)))[:10]
        at = NOON + MINUTE
        c.execute(update(episodes).where(episodes.c.id.in_(ids)).values(first_reply_at=at))

    await database.write(answered)
    later = NOON + timedelta(hours=2)
    assert (await database.read(outlook, "mail", "", now=later)).reply_s == 2 * 60 * 60
