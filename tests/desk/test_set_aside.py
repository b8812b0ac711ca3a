"""What was set aside, as an admin finds it: the reason, the payload, try again, discard."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import Connection, select

from desk.arrivals import actions, api, pages
from desk.arrivals.queries import Aside
from desk.arrivals.tables import arrivals
from desk.db.engine import Database
from desk.db.tables import jobs
from desk.http import Role
from desk.ports.channel import Arrival
from desk.queues import actions as queues
from desk.reports import pages as reports
from desk.routing.api import SLOTS as SLOTS_KEY
from desk.web.app import Shell
from tests.desk.served import MONDAY, Served, served
from tests.desk.small_desk import SLOTS

HOSTILE = b"From: <script>alert(1)</script>\r\n\r\n\xff\xfe<b>bold</b>"


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Served]:
    """A desk with three arrivals: one waits, one could not be recorded, one is a stray report."""
    await database.write(_furnish)
    folders = [Path(str(one.__file__)).parent for one in (pages, reports)]
    shell = Shell(
        routes=[api.routes, pages.routes, reports.routes],
        templates=[folder / "templates" for folder in folders],
        static=[folder / "static" for folder in folders],
    )

    def prepare(app: web.Application) -> None:
        app[SLOTS_KEY] = SLOTS

    async with served(database, shell, prepare=prepare) as running:
        yield running


def _furnish(c: Connection) -> None:
    queue_id = queues.define_queue(c, "support", "Support", None, now=MONDAY)
    queues.define_inbox(c, "mail", "email", "Mail", queue_id, bot=False)
    raws = (b"waits", HOSTILE, b"a bounce" + b"x" * 70_000)
    sent = [Arrival(dedupe_key=str(n), order_key="", raw=raw) for n, raw in enumerate(raws)]
    actions.accept(c, "mail", sent, now=MONDAY)
    c.execute(jobs.delete())
    actions.quarantine(c, 2, "Unreadable: no sender", now=MONDAY)
    actions.settle(c, 3, "unmatched", reason="A report about mail to bob@x.example", now=MONDAY)


async def page(desk: Served, path: str, role: Role = Role.ADMIN) -> str:
    client = await desk.client(role)
    async with client.get(path) as reply:
        assert reply.status == 200
        return await reply.text()


async def state_of(desk: Served, arrival_id: int) -> str:
    query = select(arrivals.c.state).where(arrivals.c.id == arrival_id)
    return str(await desk.db.read(lambda c: c.scalar(query)))


async def test_what_could_not_be_recorded_is_listed_with_its_reason(desk: Served) -> None:
    text = await page(desk, "/arrivals")
    assert "Unreadable: no sender" in text
    assert "bob@x.example" not in text
    assert "A report about mail to bob@x.example" in await page(desk, "/arrivals?state=unmatched")


async def test_a_payload_is_shown_as_text_and_never_as_what_it_says_it_is(desk: Served) -> None:
    text = await page(desk, "/arrivals/2")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text
    assert "the first 64 kB" in await page(desk, "/arrivals/3")
    client = await desk.client(Role.ADMIN)
    async with client.get("/api/v1/arrivals/2/raw") as reply:
        assert await reply.read() == HOSTILE
        assert reply.headers["Content-Disposition"].startswith("attachment")


async def test_try_again_queues_it_anew(desk: Served) -> None:
    client = await desk.client(Role.ADMIN)
    form = {"state": "quarantined"}
    async with client.post("/arrivals/2/retry", data=form, allow_redirects=False) as reply:
        assert (reply.status, reply.headers["Location"]) == (303, "/arrivals?state=quarantined")
    assert await state_of(desk, 2) == "waiting"
    queued = select(jobs.c.payload)
    assert await desk.db.read(lambda c: c.scalars(queued).all()) == [{"arrival": 2}]
    async with client.post("/arrivals/3/retry", data=form) as reply:
        assert reply.status == 409


async def test_discard_takes_it_off_the_list_and_keeps_its_bytes(desk: Served) -> None:
    client = await desk.client(Role.ADMIN)
    for arrival_id, state in ((2, "quarantined"), (3, "unmatched")):
        async with client.post(f"/arrivals/{arrival_id}/discard", data={"state": state}) as reply:
            assert reply.status == 200
        assert await state_of(desk, arrival_id) == "discarded"
    assert "Nothing is set aside" in await page(desk, "/arrivals")
    assert "alert(1)" in await page(desk, "/arrivals/2")


async def test_a_long_list_is_read_page_by_page(desk: Served) -> None:
    def many(c: Connection) -> None:
        sent = [Arrival(dedupe_key=f"p{n}", order_key="", raw=b"x") for n in range(60)]
        actions.accept(c, "mail", sent, now=MONDAY)
        for arrival_id in c.scalars(select(arrivals.c.id).where(arrivals.c.id > 3)).all():
            actions.quarantine(c, arrival_id, f"reason {arrival_id}", now=MONDAY)

    await desk.db.write(many)
    client = await desk.client(Role.ADMIN)
    seen: list[int] = []
    after = ""
    for _ in range(3):
        async with client.get(f"/api/v1/arrivals/aside?state=quarantined{after}") as reply:
            found = await reply.json()
        seen += [one["id"] for one in found["items"]]
        if found["next"] is None:
            break
        after = f"&after={found['next']}"
    assert seen == [*range(63, 3, -1), 2]


async def test_only_admins_see_payloads(desk: Served) -> None:
    for role in (Role.AGENT, Role.SUPERVISOR):
        client = await desk.client(role)
        for path in ("/arrivals", "/arrivals/2", "/api/v1/arrivals/2/raw"):
            async with client.get(path) as reply:
                assert reply.status == 403
        async with client.post("/arrivals/2/discard", data={}) as reply:
            assert reply.status == 403
    assert await state_of(desk, 2) == Aside.QUARANTINED


async def test_supervisors_see_what_each_inbox_has_before_it(desk: Served) -> None:
    def come(c: Connection) -> None:
        actions.accept(c, "mail", [Arrival(dedupe_key="n", order_key="", raw=b"n")], now=MONDAY)

    await desk.db.write(come)
    text = " ".join((await page(desk, "/inboxes", Role.SUPERVISOR)).split())
    assert '<td class="number"><span class="chip bad">1</span>' in text  # set aside
    assert "1 unmatched" in text
    assert "/arrivals" not in text  # that is for admins
    client = await desk.client(Role.ADMIN)
    async with client.get("/metrics") as reply:
        meters = await reply.text()
    assert 'parley_inbox_waiting{inbox="mail"} 1.0' in meters
    assert 'parley_inbox_set_aside{inbox="mail"} 1.0' in meters
    assert 'parley_inbox_unmatched{inbox="mail"} 1.0' in meters
