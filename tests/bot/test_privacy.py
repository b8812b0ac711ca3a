"""A person's archive has all of him; an erasure leaves nothing of him anywhere; both engines."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.inbound import Patience
from bot.privacy import Privacy
from desk.arrivals.packing import unpacked
from desk.arrivals.tables import arrivals
from desk.cases import talk
from desk.customers import actions as customers
from desk.customers import describing
from desk.customers.contact import Kind, Told
from desk.db import jobs, search
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.schema import all_tables
from desk.events import log
from desk.events.actors import agent
from desk.events.log import START
from desk.kit.clock import FrozenClock
from desk.kit.errors import Conflict, Invalid, NotFound
from desk.messages import erasing
from desk.messages.actions import NoteDraft, StoredFile, attach
from desk.ports.messages import Sender
from desk.privacy import actions
from desk.privacy.actions import ARCHIVE, ERASE, EXPIRE, GRACE, KEPT
from desk.privacy.queries import RequestView, one
from knowledge import handlers as knowledge
from knowledge.index import KnowledgeIndex
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled
from tests.bot.test_trust import BOB, Letters, letter

SECRET = "My flat at Rosenweg 17 was flooded by your washing machine"
LUND = Sender(address="ada@home.example", name="Ada Lund", email="ada@home.example")
TRACES = ("ada@home.example", "rosenweg", "ada lund", "iban", "lundphone")


class Quick(PaperDesk):
    """Sets aside at once what cannot be read."""

    patience = Patience(tries=1)


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = Quick(database, clock, tmp_path, kind=Letters)
    await paper.furnish()
    async with paper.working():
        await _live(paper)
        yield paper


async def _live(desk: PaperDesk) -> None:
    """Let Ada Lund write, be answered and noted, and Bob quote her."""
    await desk.arrive("1", letter("m1", SECRET, subject="Water damage", sender=LUND))
    await desk.until(settled)
    await desk.answer(1, "Dear Ada Lund, we are sorry about Rosenweg 17.")
    note = NoteDraft(case_id=1, text="Her IBAN is DE1", html="<p>Her IBAN is DE1</p>")
    await desk.db.write(talk.note, note, actor=agent(desk.alice), now=desk.clock.now())
    whole = f"See below.\n\n> {SECRET}\n> Bye"
    bob = letter("b1", "See below.", full_text=whole, html=f"<p>{SECRET}</p>", sender=BOB)
    await desk.arrive("2", bob)
    await desk.arrive_raw("3", b"broken, of ada@home.example")
    await desk.until(settled)
    blob = await desk.blobs.put(b"a picture of Rosenweg 17")
    file = StoredFile(name="Rosenweg.png", mime="image/png", size_bytes=9, blob=blob, problem="")
    await desk.db.write(attach, 1, [file])
    facts = [Told(Kind.PHONE, "+49 LundPhone")]
    await desk.db.write(describing.offer, 1, facts, 1, now=desk.clock.now())
    state = {"visitor:ada@home.example": b"{}", "session:1": b'{"visitor":"ada@home.example"}'}
    for key, value in state.items():
        await desk.door.save(key, value)


def worker(desk: PaperDesk) -> Privacy:
    return Privacy(desk.db, desk.blobs, desk.clock, {})


async def job_of(desk: PaperDesk, kind: str) -> Job:
    claim = desk.db.write(
        jobs.claim, kind, limit=1, lease=timedelta(seconds=30), now=desk.clock.now()
    )
    (job,) = await claim
    return job


async def ask_erasure(desk: PaperDesk, name: str = "Ada Lund") -> int:
    return await desk.db.write(
        actions.ask_erasure, 1, name, agent_id=desk.alice, now=desk.clock.now()
    )


async def shown(desk: PaperDesk, request: int) -> RequestView:
    return await desk.db.read(one, request)


def everything(c: Connection) -> str:
    """Return all that any table holds, payloads unpacked, in small letters."""
    found = []
    for table in all_tables().sorted_tables:
        if table.name.startswith("privacy"):
            found += [str(row.left) + row.name for row in c.execute(select(table))]
            continue
        for row in c.execute(select(table)):
            fields = dict(row._mapping)
            if table.name == "arrivals":
                fields["raw"] = unpacked(row.raw, row.packing)
            found.append(str(fields))
    for kind in search.KINDS:
        documents = search._documents(kind)
        found += [str(row) for row in c.execute(select(documents.c.title, documents.c.body))]
    return "\n".join(found).casefold()


async def hear(desk: PaperDesk) -> None:
    """Let the readers of the log do what an erasure makes them do."""

    def unit(c: Connection) -> None:
        for event in log.read(c, START, 500):
            if event.kind == "customer.erased":
                knowledge.on_event(c, event, KnowledgeIndex(), now=desk.clock.now())

    await desk.db.write(unit)


async def test_nothing_of_an_erased_person_is_left_anywhere(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    before = await desk.db.read(everything)
    assert [trace for trace in TRACES if trace not in before] == []
    request = await ask_erasure(desk)
    clock.advance(GRACE)
    await worker(desk).erase(await job_of(desk, ERASE))
    await hear(desk)
    after = await desk.db.read(everything)
    assert [trace for trace in TRACES if trace in after] == []
    done = await shown(desk, request)
    assert (done.state, done.name) == ("done", "")
    assert done.counts["messages"] == 2
    assert done.counts["quotes"] == 1
    assert done.counts["files"] >= 1
    first, second = await desk.cases()
    assert (first.number, first.status, first.customer_name) == (1001, "closed", "Erased customer")
    assert (second.customer_name, second.subject) == ("Bob", "See below.")


async def test_what_he_writes_afterwards_is_somebody_new(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await ask_erasure(desk)
    clock.advance(GRACE)
    await worker(desk).erase(await job_of(desk, ERASE))
    again = letter("m9", "Hello again", in_reply_to=("m1",), sender=LUND)
    await desk.arrive("9", again)
    await desk.until(settled)
    newest = (await desk.cases())[-1]
    assert (newest.number, newest.customer_name) == (1003, "Ada Lund")
    # The old mail brought again by its server is known, though nothing of it is kept.
    accepted = await desk.arrive("1", letter("m1", SECRET))
    assert not accepted.fresh


async def test_each_unit_may_be_cut_off_and_done_again_by_another(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    request = await ask_erasure(desk)
    clock.advance(GRACE)
    units = 0
    files: list[str] | None = None
    while files is None:
        job = await job_of(desk, ERASE)
        with pytest.raises(ZeroDivisionError):
            await desk.db.write(_die, job, clock)
        files = await desk.db.write(actions.advance, job, now=clock.now())
        units += 1
        clock.advance(timedelta(minutes=1))  # its lease is over: another worker goes on
    late = await job_of(desk, ERASE)
    with pytest.raises(Conflict):
        await desk.db.write(actions.conclude, job, 0, now=clock.now())
    await worker(desk).erase(late)
    await hear(desk)
    assert units >= 7
    after = await desk.db.read(everything)
    assert [trace for trace in TRACES if trace in after] == []
    assert (await shown(desk, request)).counts["messages"] == 2


def _die(c: Connection, job: Job, clock: FrozenClock) -> None:
    actions.advance(c, job, now=clock.now())
    raise ZeroDivisionError


async def test_an_erasure_needs_the_name_and_can_be_called_off(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    with pytest.raises(Invalid):
        await ask_erasure(desk, "Ada")
    request = await ask_erasure(desk)
    with pytest.raises(Conflict):
        await ask_erasure(desk)
    await desk.db.write(actions.cancel, request)
    clock.advance(GRACE)
    left = await desk.db.write(
        jobs.claim, ERASE, limit=1, lease=timedelta(seconds=1), now=clock.now()
    )
    assert left == []
    assert "rosenweg" in await desk.db.read(everything)
    with pytest.raises(Conflict):
        await desk.db.write(actions.cancel, request)


async def test_an_archive_has_all_of_him_and_nothing_of_others_for_a_week(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    request = await desk.db.write(actions.ask_archive, 1, agent_id=desk.alice, now=desk.clock.now())
    await worker(desk).archive(await job_of(desk, ARCHIVE))
    done = await shown(desk, request)
    assert done.blob is not None
    with zipfile.ZipFile(io.BytesIO(await desk.blobs.get(done.blob))) as packed:
        data = json.loads(packed.read("data.json"))
        page = packed.read("index.html").decode()
        names = packed.namelist()
        picture = packed.read(next(name for name in names if name.startswith("files/")))
    assert data["messages"][0]["text"] == SECRET
    assert data["customer"]["name"] == "Ada Lund"
    assert SECRET in page
    assert picture == b"a picture of Rosenweg 17"
    assert "originals/1.json" in names
    assert [one["text"] for one in data["notes"]] == ["Her IBAN is DE1"]
    assert "bob" not in json.dumps(data).casefold()
    clock.advance(KEPT)
    await worker(desk).expire(await job_of(desk, EXPIRE))
    assert (await shown(desk, request)).blob is None
    with pytest.raises(NotFound):
        await desk.blobs.get(done.blob)


async def test_nobody_else_loses_anything(desk: PaperDesk, clock: FrozenClock) -> None:
    """A mail domain, a disclaimer and an answer to many are not one person's."""
    legal = "This message and all of its attachments are confidential and meant for you alone."
    eve = Sender(address="eve@home.example", name="Eve", email="eve@home.example")
    dan = Sender(address="bada@home.example", name="Dan", organization="home.example")
    senders = {"e": eve, "d": dan, "a": LUND, "b": BOB}
    for key, sender in senders.items():
        whole = f"Hi {key}\n{legal}"
        said_now = letter(f"{key}7", f"Hi {key}", full_text=whole, sender=sender)
        await desk.arrive(f"{key}7", said_now)
        await desk.until(settled)
    await desk.arrive_raw("9", b"broken, of bada@home.example and eve@home.example")
    await desk.until(settled)
    await desk.door.save("session:2", b'{"visitor":"eve@home.example"}')
    await ask_erasure(desk)
    clock.advance(GRACE)
    await worker(desk).erase(await job_of(desk, ERASE))
    after = await desk.db.read(everything)
    assert after.count(f"hi e\\n{legal.casefold()}") >= 1
    assert after.count(legal.casefold()) >= 3
    assert "broken, of bada@home.example" in after
    assert await desk.door.load("session:2") is not None


async def test_whom_many_quote_is_erased_all_the_same(desk: PaperDesk, clock: FrozenClock) -> None:
    for key in "xyz":
        sender = Sender(address=f"{key}@other.example", name=key.upper())
        whole = f"{SECRET}: is that true?\n\n> {SECRET}"
        await desk.arrive(key, letter(key, whole.split("\n")[0], full_text=whole, sender=sender))
        await desk.until(settled)
    photo = letter("p", "", subject="Photo", sender=BOB, recipients=("ada@home.example",))
    await desk.arrive("p", photo)
    await desk.arrive_raw("j", b'{"t":"write\\nada@home.example"}')
    await desk.until(settled)
    await ask_erasure(desk)
    clock.advance(GRACE)
    await worker(desk).erase(await job_of(desk, ERASE))
    after = await desk.db.read(everything)
    assert SECRET.casefold() + "\n" not in after
    assert "> my flat" not in after
    assert "nada@home" not in after
    kept = await desk.db.read(lambda c: c.execute(select(arrivals)).all())
    assert [row.size_bytes > 0 for row in kept if row.dedupe_key == "p"] == [True]


async def test_an_archive_under_a_merged_record_goes_too(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    request = await desk.db.write(actions.ask_archive, 2, agent_id=desk.alice, now=clock.now())
    await worker(desk).archive(await job_of(desk, ARCHIVE))
    blob = (await shown(desk, request)).blob
    await desk.db.write(
        customers.merge, 1, 2, proof="said so", actor=agent(desk.alice), now=clock.now()
    )
    await ask_erasure(desk)
    clock.advance(GRACE)
    await worker(desk).erase(await job_of(desk, ERASE))
    gone = await shown(desk, request)
    assert (gone.blob, gone.name) == (None, "")
    with pytest.raises(NotFound):
        await desk.blobs.get(blob or "")


async def test_who_is_merged_meanwhile_is_not_erased_in_part(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    request = await ask_erasure(desk)
    await desk.db.write(
        customers.merge, 2, 1, proof="said so", actor=agent(desk.alice), now=clock.now()
    )
    clock.advance(GRACE)
    await worker(desk).erase(await job_of(desk, ERASE))
    done = await shown(desk, request)
    assert (done.state, done.counts) == ("cancelled", {"merged": 1})
    assert "rosenweg" in await desk.db.read(everything)


async def test_an_archive_is_not_finished_after_its_person_is_erased(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await desk.db.write(actions.ask_archive, 1, agent_id=desk.alice, now=clock.now())
    job = await job_of(desk, ARCHIVE)
    await ask_erasure(desk)
    clock.advance(GRACE)
    await worker(desk).erase(await job_of(desk, ERASE))
    blob = await desk.blobs.put(b"what it read before")
    with pytest.raises(Conflict):
        await desk.db.write(actions.keep_archive, job, blob, {}, now=clock.now())


def test_a_line_is_known_however_it_is_quoted_and_a_short_one_is_everybodys() -> None:
    marks = {erasing.mark(SECRET)}
    assert erasing.without(f"Hi\n>>  {SECRET.upper()}!\nBye", marks) == "Hi\n[erased]\nBye"
    assert erasing.mark("Thank you very much!") == ""
