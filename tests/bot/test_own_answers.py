"""Of his open cases a customer is shown what was answered to himself, by his own calendar."""

from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import Connection, update

from bot.flows.phrasebook import all_words
from bot.requests import telling, zone_for
from desk.cases import actions as cases
from desk.cases import own
from desk.cases.talk import Reply, reply
from desk.customers.actions import identify
from desk.customers.tables import customers
from desk.db.engine import Database
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from desk.messages.actions import Written, write
from desk.ports.messages import Sender
from tests.bot.rating_desk import asked, asking_desk
from tests.knowledge.shop import Talk, open_shop, writes

all_words()  # read before a loop runs, as the program does
ASKED = {"address": "visitor-ada", "thread": "ada", "wish": "cases", "language": "en"}


def answers(c: Connection, talk: Talk, words: str, clock: FrozenClock) -> None:
    said = Reply(text=words, html=words, author="bot")
    reply(c, talk.case_id, said, actor=SYSTEM, now=clock.now())


def lives_in(c: Connection, zone: str | None) -> None:
    c.execute(update(customers).values(zone=zone))


async def test_what_was_answered_to_another_is_not_shown(
    database: Database, clock: FrozenClock
) -> None:
    def to_bruno(c: Connection, talk: Talk) -> None:
        him = Sender(address="visitor-bruno")
        other = identify(c, "chat", him, actor=SYSTEM, now=clock.now()).identity_id
        said = Written(text="We charged your card.", html="", author="agent")
        write(c, said, replace(talk.place, identity_id=other), now=clock.now())

    await database.write(open_shop, clock.now())
    talk = await database.write(writes, "My chair wobbles", clock.now())
    await database.write(answers, talk, "Tighten it.", clock)
    clock.advance(timedelta(minutes=1))
    await database.write(to_bruno, talk)
    home = await database.read(own.home_of, "chat", "visitor-ada")
    assert [case.last_answer for case in home.cases] == ["Tighten it."]


async def test_a_question_how_it_went_is_no_answer(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    async with asking_desk(database, clock, tmp_path) as desk:
        await asked(desk, clock)
        await database.write(cases.reopen, 1, "again", actor=SYSTEM, now=clock.now())
        told = {"address": "ada", "thread": "t1", "wish": "cases", "language": "en"}
        shown = await database.read(telling, "paper", told | {"overheard": False, "done": False})
        assert "It comes on Monday." in shown.text


async def test_the_day_of_an_answer_is_that_of_the_customers_zone(
    database: Database, clock: FrozenClock
) -> None:
    await database.write(open_shop, clock.now())
    talk = await database.write(writes, "My chair wobbles", clock.now())
    clock.move_to(clock.now().replace(hour=20))
    await database.write(answers, talk, "Tighten it.", clock)
    day = clock.now().date()
    for zone, shown in ((None, day), ("Asia/Tokyo", day + timedelta(days=1)), ("No/Where", day)):
        await database.write(lives_in, zone)
        his = await zone_for(database, "chat", "visitor-ada")
        asks = ASKED | {"overheard": False, "done": False}
        told = await database.read(telling, "chat", asks, his)
        assert f"{shown}" in told.text
