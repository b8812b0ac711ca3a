"""Who is blocked is not heard: set aside, visible to the admin, undone at will; nobody is told."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.sandbox.paper import said
from desk.arrivals import actions as arrivals
from desk.arrivals import queries as set_aside
from desk.arrivals.queries import Aside
from desk.arrivals.tables import arrivals as journal
from desk.customers import blocking
from desk.customers.queries import IdentityView
from desk.db.engine import Database
from desk.events.actors import agent
from desk.kit.clock import FrozenClock
from desk.kit.errors import Invalid, NotFound
from desk.ports.messages import Sender
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled, texts

SPAM, OTHER = "win@spam.example", "sell@spam.example"


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    async with paper.working():
        await write(paper, "m1", "You have won")
        yield paper


async def write(desk: PaperDesk, key: str, text: str, address: str = SPAM) -> None:
    await desk.arrive(key, said(key, text, sender=Sender(address=address), thread=""))
    await desk.until(settled)


async def identity(desk: PaperDesk) -> IdentityView:
    return (await desk.detail()).customer.identities[0]


async def block(desk: PaperDesk, *, blocked: bool = True, domain: bool = False) -> None:
    unit = partial(blocking.set_blocked, blocked=blocked, domain=domain, actor=agent(desk.alice))
    await desk.db.write(unit, (await identity(desk)).id, now=desk.clock.now())


async def states(desk: PaperDesk) -> list[str]:
    query = select(journal.c.state).order_by(journal.c.id)
    return list(await desk.db.read(lambda c: c.scalars(query).all()))


async def test_what_a_blocked_sender_writes_is_set_aside_and_opens_nothing(
    desk: PaperDesk,
) -> None:
    await block(desk)
    assert (await identity(desk)).blocked
    await write(desk, "m2", "You have won again")
    await write(desk, "m3", "From another address", address="ada@home.example")
    assert await states(desk) == ["recorded", "blocked", "recorded"]
    assert texts((await desk.detail()).timeline) == ["You have won"]
    (aside,) = await desk.db.read(set_aside.set_aside, Aside.BLOCKED)
    assert aside.reason == f"Blocked: {SPAM}: You have won again"
    assert desk.channel.sent == []


async def test_unblocked_he_is_heard_and_what_was_set_aside_can_be_taken_in(
    desk: PaperDesk,
) -> None:
    await block(desk)
    await write(desk, "m2", "It was me, really")
    await block(desk, blocked=False)
    await desk.db.write(arrivals.replay, 2, now=desk.clock.now())
    desk.db.wake.ring()
    await desk.until(settled)
    assert await states(desk) == ["recorded", "recorded"]
    assert len(await desk.cases()) == 2


async def test_a_whole_domain_is_blocked_and_let_in_again(desk: PaperDesk) -> None:
    await block(desk, domain=True)
    await write(desk, "m2", "Buy", address=OTHER)
    await block(desk, blocked=False)
    await write(desk, "m3", "Buy this", address=OTHER)
    assert await states(desk) == ["recorded", "blocked", "recorded"]


async def test_a_domain_that_strangers_share_is_not_blocked_as_a_whole(desk: PaperDesk) -> None:
    await write(desk, "g1", "Hello", address="ada@gmail.com")
    unit = partial(blocking.set_blocked, blocked=True, domain=True, actor=agent(desk.alice))
    with pytest.raises(Invalid, match="one organization"):
        await desk.db.write(unit, 2, now=desk.clock.now())
    with pytest.raises(NotFound):
        await desk.db.write(unit, 99, now=desk.clock.now())
