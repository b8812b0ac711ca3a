"""Whom the question how it went goes to: the case's own customer, alone, and only who wants it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from bot.flows import survey
from desk.cases import merging
from desk.cases.outgoing import outgoing
from desk.cases.tables import cases as table
from desk.customers.queries import IdentityView, find_identity
from desk.db.engine import Database
from desk.events import actors
from desk.kit.clock import FrozenClock
from desk.messages import queries as said
from desk.ports.inbound import CustomerAsked, Wish
from desk.satisfaction import actions
from desk.satisfaction.tables import ratings
from tests.bot.paper_desk import PaperDesk
from tests.bot.rating_desk import (
    ADA,
    ASKS,
    EVE,
    answer,
    ask_desk,
    asked,
    asking_desk,
    press,
    questions,
    read,
    resolve,
    the_rating,
)
from tests.bot.test_recording import settled


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    """A desk on which Ada has asked something and Alice has answered."""
    async with asking_desk(database, clock, tmp_path) as paper:
        yield paper


async def identity(desk: PaperDesk, address: str) -> IdentityView:
    found = await desk.db.read(find_identity, "paper", address)
    assert found is not None
    return found


async def merged(desk: PaperDesk, from_id: int, into_id: int) -> None:
    who, now = actors.agent(desk.alice), desk.clock.now()
    await desk.db.write(merging.merge, from_id, into_id, actor=who, now=now)


async def eve_writes_last(desk: PaperDesk) -> None:
    """Let Eve's case become part of Ada's, and Eve have the last word."""
    await ask_desk(desk, "2", EVE)
    await merged(desk, 2, 1)
    await ask_desk(desk, "2b", EVE, text="I carry it.", thread="t2")
    last = await desk.db.read(said.last_place, 1, None)
    assert last is not None
    assert last.identity_id == (await identity(desk, "eve")).id


async def count(desk: PaperDesk) -> Any:
    return await desk.db.read(lambda c: c.scalar(select(func.count()).select_from(ratings)))


async def test_the_customer_is_asked_though_somebody_else_wrote_last(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await eve_writes_last(desk)
    row = await asked(desk, clock)
    ada = await identity(desk, "ada")
    place = await desk.db.read(said.place_of, row.message_id)
    assert (row.identity_id, place.identity_id, place.thread) == (ada.id, ada.id, "t1")


async def test_what_somebody_else_in_the_case_refuses_is_his_own_affair(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await eve_writes_last(desk)
    eve = await identity(desk, "eve")
    await desk.db.write(actions.refuse, eve.id, now=clock.now())
    assert (await asked(desk, clock)).identity_id == (await identity(desk, "ada")).id


async def test_what_the_customer_refuses_is_asked_of_nobody_else(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await eve_writes_last(desk)
    ada = await identity(desk, "ada")
    await desk.db.write(actions.refuse, ada.id, now=clock.now())
    await resolve(desk)
    assert await questions(desk, clock) == ["he does not want to be asked"]
    assert await count(desk) == 0


async def test_where_the_customer_himself_wrote_nothing_nobody_is_asked(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await ask_desk(desk, "2", EVE)
    other = await identity(desk, "eve")

    def hand_over(c: Connection) -> None:
        c.execute(update(table).where(table.c.id == 1).values(customer_id=other.customer_id))

    await desk.db.write(hand_over)
    await resolve(desk)
    assert await questions(desk, clock) == ["only others or machines wrote"]
    assert await count(desk) == 0


async def test_who_asked_for_quiet_is_not_asked_until_he_writes_again(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    stop = CustomerAsked(external_id="q", sender=ADA, thread="t1", wish=Wish.QUIET)
    await desk.arrive("q", stop)
    await desk.until(settled)
    await resolve(desk)
    assert await questions(desk, clock) == ["he asked for nothing automatic"]
    await ask_desk(desk, "2", text="No lamp!", thread="t1")
    await answer(desk, 1, "It comes now.")
    assert (await asked(desk, clock)).identity_id == (await identity(desk, "ada")).id


async def test_nobody_is_asked_where_others_read_along(desk: PaperDesk, clock: FrozenClock) -> None:
    await ask_desk(desk, "2", EVE, overheard=True)
    await answer(desk, 2, "Hello.")
    await resolve(desk, 2)
    assert await questions(desk, clock) == ["others read along"]
    assert await count(desk) == 0


async def test_what_others_read_stays_so_in_another_case(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    """A case of a group goes into one, that into Ada's; and a part of a group's is split off."""
    await ask_desk(desk, "2", thread="g", overheard=True)
    await ask_desk(desk, "3", thread="t3", wants_new_case=True)
    await merged(desk, 2, 3)
    await merged(desk, 3, 1)
    await resolve(desk)
    assert await questions(desk, clock) == ["others read along"]
    await ask_desk(desk, "4", EVE, thread="g4", overheard=True)
    await ask_desk(desk, "5", EVE, thread="g4", text="And my chair?", overheard=True)
    who, now = actors.agent(desk.alice), clock.now()
    last = max(m.id for m in await desk.db.read(said.messages_of, 4))
    split = await desk.db.write(merging.split, 4, last, actor=who, now=now)
    await answer(desk, split, "Soon.")
    await resolve(desk, split)
    assert await questions(desk, clock) == ["others read along"]


async def test_an_answer_among_others_shows_no_address_that_changes_it(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    row = await asked(desk, clock)  # as before it was known who reads along
    await press(desk, "rating:4")
    await read(desk)
    out = await desk.db.read(outgoing, row.message_id, row.identity_id, voice="Parley")
    assert "/rate/" in (await desk.db.read(survey.dressed, out, ASKS)).message.text
    alone = update(table).where(table.c.id == 1)
    await desk.db.write(lambda c: c.execute(alone.values(overheard=True)) and None)
    shown = (await desk.db.read(survey.dressed, out, ASKS)).message
    assert shown.text == "You chose 4 of 5. Thank you."
    assert (await desk.db.read(the_rating)).score == 4
