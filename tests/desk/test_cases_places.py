"""Groups that move, or are lost, take their conversations along, and nobody else's."""

from sqlalchemy import Connection, select

from desk.cases import places
from desk.cases.actions import NewCase, open_case, set_status
from desk.cases.rules import Status
from desk.cases.tables import cases
from desk.db.engine import Database
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from tests.knowledge.shop import open_shop, writes

THREADS = ("-5", "-5::1", "-5:7:2", "-55:1", "5", "")


def furnish(c: Connection, clock: FrozenClock) -> None:
    open_shop(c, clock.now())
    writes(c, "hello", clock.now())
    for thread in THREADS:
        new = NewCase(
            subject=thread, customer_id=1, queue_id=1, inbox="chat", channel="chat", thread=thread
        )
        open_case(c, new, actor=SYSTEM, now=clock.now())


def threads(c: Connection) -> list[str]:
    return list(c.scalars(select(cases.c.thread).where(cases.c.id > 1).order_by(cases.c.id)))


async def test_all_conversations_of_a_place_go_on_under_its_new_address(
    database: Database, clock: FrozenClock
) -> None:
    await database.write(furnish, clock)
    for _ in range(2):  # told twice: by the network's news, and when a send is refused
        await database.write(places.moved, "chat", "-5", "-1005")
        assert await database.read(threads) == ["-1005", "-1005::1", "-1005:7:2", "-55:1", "5", ""]
    await database.write(places.moved, "another inbox", "-55", "-1006")
    assert "-55:1" in await database.read(threads)


async def test_open_cases_of_a_lost_place_are_flagged(
    database: Database, clock: FrozenClock
) -> None:
    def flags(c: Connection) -> list[str]:
        return list(c.scalars(select(cases.c.subject).where(cases.c.flag == "It is gone.")))

    await database.write(furnish, clock)
    now = clock.now()
    await database.write(set_status, 2, Status.RESOLVED, actor=SYSTEM, now=now)
    await database.write(places.lost, "chat", "-5", "It is gone.", now=now)
    assert sorted(await database.read(flags)) == ["-5:7:2", "-5::1"]
