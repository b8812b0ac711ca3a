"""What a customer's signature says of him is offered to agents, once, and goes where he goes."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from channels.sandbox.paper import said
from desk.customers import actions, describing, queries
from desk.customers.describing import FactView
from desk.db.engine import Database
from desk.events import log
from desk.events.actors import SYSTEM, agent
from desk.events.people import CustomerDescribed
from desk.kit.clock import FrozenClock
from desk.kit.errors import NotFound
from desk.ports.messages import Automation, InboundMessage, Sender
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled
from tests.bot.test_trust import Letters

ADA = Sender(address="ada", name="Ada Lund")
SIGNATURE = "Ada Lund\nHead of Purchasing\nTel. +49 30 1234567"


async def write(desk: PaperDesk, key: str, text: str = "Hello", **more: object) -> None:
    given: dict[str, object] = {"sender": ADA, "signature": SIGNATURE, **more}
    message = InboundMessage(external_id=key, text=text, thread="t1", **given)  # type: ignore[arg-type]
    await desk.arrive(key, message)
    await desk.until(settled)


async def known(desk: PaperDesk, address: str = "ada") -> list[FactView]:
    def look(c: Connection) -> list[FactView]:
        one = queries.find_identity(c, "paper", address)
        assert one is not None
        return queries.show(c, one.customer_id).facts

    return await desk.db.read(look)


async def test_a_signature_is_offered_once(desk: PaperDesk) -> None:
    await write(desk, "1")
    await write(desk, "2")
    facts = await known(desk)
    assert [(one.kind, one.value, one.state) for one in facts] == [
        ("phone", "+49 30 1234567", "offered"),
        ("title", "Head of Purchasing", "offered"),
    ]
    assert facts[0].message_id is not None


async def test_what_an_agent_keeps_is_known_and_what_he_drops_never_comes_again(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await write(desk, "1")
    phone, title = await known(desk)
    who = agent(desk.alice)
    await desk.db.write(describing.answer, title.id, kept=True, actor=who, now=clock.now())
    await desk.db.write(describing.answer, phone.id, kept=False, actor=who, now=clock.now())
    await write(desk, "2")
    assert [(one.kind, one.state) for one in await known(desk)] == [("title", "kept")]
    events = await desk.db.read(lambda c: log.read(c, log.START, 500))
    told = [one.fact for one in events if isinstance(one.fact, CustomerDescribed)]
    assert [(one.kind, one.kept) for one in told] == [("title", True), ("phone", False)]


async def test_what_is_unknown_cannot_be_kept(desk: PaperDesk, clock: FrozenClock) -> None:
    with pytest.raises(NotFound):
        await desk.db.write(describing.answer, 99, kept=True, actor=SYSTEM, now=clock.now())


async def test_a_machine_and_a_forger_say_nothing_of_anybody(desk: PaperDesk) -> None:
    await write(desk, "1", automation=Automation.AUTO_REPLY)
    await write(desk, "2", genuine=False)
    assert await known(desk) == []


async def test_a_learned_signature_is_offered_too(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path, kind=Letters)
    await desk.furnish()
    async with desk.working():
        for n in range(3):
            await write(desk, f"{n}", f"Words {n}\n\nAda Lund\nTel. 030 7654321", signature="")
        assert [one.value for one in await known(desk)] == ["030 7654321"]


async def test_somebody_who_plays_fills_no_record(desk: PaperDesk) -> None:
    for n in range(9):
        lines = "\n".join(f"Tel. +49 30 12345{n}{k}" for k in range(3))
        await write(desk, f"{n}", signature=lines)
    assert len(await known(desk)) == 12


async def test_what_is_known_goes_with_its_identity_through_merge_and_unmerge(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await write(desk, "1")
    await desk.arrive("2", said("m2", "Hi", sender=Sender(address="bob"), thread="t2"), order="t2")
    await desk.until(settled)

    def ids(c: Connection) -> tuple[int, int]:
        ada, bob = (queries.find_identity(c, "paper", who) for who in ("ada", "bob"))
        assert ada is not None
        assert bob is not None
        return ada.customer_id, bob.customer_id

    ada, bob = await desk.db.read(ids)
    clock.advance(timedelta(minutes=1))
    now = clock.now()
    merge = await desk.db.write(actions.merge, bob, ada, proof="x", actor=SYSTEM, now=now)
    assert len(await known(desk, "bob")) == 2
    await desk.db.write(actions.unmerge, merge, actor=SYSTEM, now=clock.now())
    assert (len(await known(desk, "ada")), await known(desk, "bob")) == (2, [])
