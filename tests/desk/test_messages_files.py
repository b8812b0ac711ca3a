"""What customers send is read at signed addresses that run out, never with a session."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from msgspec import Struct
from sqlalchemy import Connection

from bot.files import FolderBlobs
from desk.cases import actions as cases
from desk.cases import talk
from desk.cases.actions import NewCase
from desk.customers import actions as customers
from desk.db.sqlite import SqliteDatabase
from desk.events.actors import SYSTEM, customer
from desk.http import Role
from desk.http.services import BLOBS, SECRET
from desk.messages import files
from desk.messages.actions import Place, StoredFile
from desk.messages.tables import attachments
from desk.ports.messages import InboundMessage, Sender
from desk.queues import actions as queues
from desk.web.app import Shell
from tests.desk.served import Served, served


class Room(Struct):
    desk: Served
    blobs: FolderBlobs
    ids: dict[str, str]  # public ids by the files' names


@pytest.fixture
async def room(sqlite: SqliteDatabase, tmp_path: Path) -> AsyncIterator[Room]:
    blobs = FolderBlobs(tmp_path / "files")

    def prepare(app: web.Application) -> None:
        app[BLOBS] = blobs
        app[SECRET] = "a secret of the tests"

    sent = (
        StoredFile(name="page.html", mime="text/html", size_bytes=3, blob=await blobs.put(b"<b>")),
        StoredFile(
            name="lamp.png",
            mime="image/png",
            size_bytes=9,
            blob=await blobs.put(b"\x89PNG\r\n"),
            picture="image/png",
        ),
        StoredFile(
            name="lost.pdf", mime="application/pdf", size_bytes=0, blob=None, problem="Gone."
        ),
    )
    async with served(sqlite, Shell(routes=[files.routes]), prepare=prepare) as desk:
        now = desk.clock.now()

        def unit(c: Connection) -> dict[str, str]:
            queue_id = queues.define_queue(c, "support", "Support", None, now=now)
            queues.define_inbox(c, "mail", "email", "Mail", queue_id, bot=False)
            ada = Sender(address="ada@example.org")
            who = customers.identify(c, "email", ada, actor=SYSTEM, now=now)
            new = NewCase(
                subject="A lamp",
                customer_id=who.customer_id,
                queue_id=queue_id,
                inbox="mail",
                channel="email",
            )
            by = customer(who.customer_id)
            case_id = cases.open_case(c, new, actor=by, now=now)
            place = Place(
                case_id=case_id, identity_id=who.identity_id, inbox="mail", channel="email"
            )
            said = InboundMessage(external_id="1", sender=ada, text="Look")
            talk.take_in(c, said, place, sent, actor=by, arrival_id=None, now=now)
            rows = c.execute(attachments.select()).all()
            return {row.name: row.public_id for row in rows}

        yield Room(desk, blobs, await sqlite.write(unit))


async def signed(room: Room, path: str) -> str:
    """Return the address that an agent who asks for a file is led to."""
    alice = await room.desk.client(Role.AGENT)
    async with alice.get(path, allow_redirects=False) as reply:
        assert reply.status == 303, await reply.text()
        return reply.headers["Location"]


async def status(room: Room, address: str) -> int:
    """Return how a browser without a session is answered."""
    nobody = await room.desk.nobody()
    async with nobody.get(address, allow_redirects=False) as reply:
        return reply.status


async def test_a_file_is_saved_from_an_address_that_needs_no_session(room: Room) -> None:
    address = await signed(room, f"/api/v1/files/{room.ids['page.html']}")
    assert address.startswith("/files/")
    nobody = await room.desk.nobody()
    async with nobody.get(address) as reply:
        assert (reply.status, await reply.read()) == (200, b"<b>")
        assert reply.headers["Content-Disposition"].startswith("attachment;")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_picture_is_shown_and_can_run_nothing(room: Room) -> None:
    address = await signed(room, f"/api/v1/files/{room.ids['lamp.png']}/picture")
    nobody = await room.desk.nobody()
    async with nobody.get(address) as reply:
        assert (reply.status, reply.content_type) == (200, "image/png")
        assert "sandbox" in reply.headers["Content-Security-Policy"]


async def test_the_address_runs_out_within_half_an_hour(room: Room) -> None:
    address = await signed(room, f"/api/v1/files/{room.ids['page.html']}")
    room.desk.clock.advance(timedelta(minutes=14))
    assert await status(room, address) == 200
    room.desk.clock.advance(timedelta(minutes=17))
    assert await status(room, address) == 404


async def test_an_address_opens_nothing_else(room: Room) -> None:
    page, lamp = room.ids["page.html"], room.ids["lamp.png"]
    proof = (await signed(room, f"/api/v1/files/{page}")).partition("?")[2]
    assert await status(room, f"/files/{lamp}?{proof}") == 404
    later = proof.replace("until=1", "until=2")
    assert later != proof
    assert await status(room, f"/files/{page}?{later}") == 404
    for bare in (f"/files/{page}", f"/files/{page}?until=9999999999&sign="):
        assert await status(room, bare) == 404


async def test_only_an_agent_gets_an_address(room: Room) -> None:
    page = room.ids["page.html"]
    assert await status(room, f"/api/v1/files/{page}") == 401
    assert await status(room, f"/api/v1/files/{page}/picture") == 401


async def test_a_file_that_is_no_picture_or_is_not_there_has_none(room: Room) -> None:
    alice = await room.desk.client(Role.AGENT)
    for path in (f"{room.ids['page.html']}/picture", room.ids["lost.pdf"], "nothing"):
        async with alice.get(f"/api/v1/files/{path}", allow_redirects=False) as reply:
            assert reply.status == 404


async def test_an_address_stays_the_same_for_a_while_so_that_pictures_are_kept(room: Room) -> None:
    path = f"/api/v1/files/{room.ids['lamp.png']}/picture"
    first = await signed(room, path)
    room.desk.clock.advance(timedelta(minutes=5))
    assert await signed(room, path) == first
