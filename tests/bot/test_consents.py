"""An admin connects an inbox in the browser: who may begin, and where it leads."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import Connection

from bot import consents
from bot.links import CHANNELS
from channels.email.channel import EmailChannel
from channels.email.config import OAuthSettings, Provider
from channels.sandbox.door import MemoryDoor
from desk.db.sqlite import SqliteDatabase
from desk.http import Role
from desk.queues import actions as queues
from desk.reports import pages as reports
from desk.routing.api import SLOTS as SLOTS_KEY
from desk.web.app import Shell
from tests.channels.email_world import KIT, settings
from tests.desk.served import MONDAY, Served, served
from tests.desk.small_desk import SLOTS

GOOGLE = OAuthSettings(provider=Provider.GOOGLE, client_id="parley-at-acme")


@pytest.fixture
async def desk(sqlite: SqliteDatabase) -> AsyncIterator[Served]:
    channels = {
        "mail": EmailChannel("mail", settings(oauth=GOOGLE), KIT),
        "post": EmailChannel("post", settings(), KIT),
    }

    def furnish(c: Connection) -> None:
        queue_id = queues.define_queue(c, "support", "Support", None, now=MONDAY)
        for key in channels:
            queues.define_inbox(c, key, "email", key, queue_id, bot=False)

    await sqlite.write(furnish)
    here = Path(reports.__file__).parent
    shell = Shell(
        routes=[consents.routes, reports.routes],
        templates=[here / "templates"],
        connectable=consents.connectable(channels),
    )

    def prepare(app: web.Application) -> None:
        app[CHANNELS] = channels
        app[SLOTS_KEY] = SLOTS

    async with (
        channels["mail"].run(MemoryDoor(KIT.clock)),
        served(sqlite, shell, prepare=prepare) as running,
    ):
        yield running


async def test_the_way_leads_to_the_provider(desk: Served) -> None:
    admin = await desk.client(Role.ADMIN)
    async with admin.get("/inboxes") as reply:
        text = await reply.text()
    assert 'action="/inboxes/mail/connect"' in text
    assert 'action="/inboxes/post/connect"' not in text
    async with admin.post("/inboxes/mail/connect") as reply:
        assert reply.status == 200
        text = await reply.text()
    assert "https://accounts.google.com/o/oauth2/v2/auth?client_id=parley-at-acme&amp;" in text


async def test_only_an_admin_begins_and_only_where_there_is_something_to_connect(
    desk: Served,
) -> None:
    sam = await desk.client(Role.SUPERVISOR)
    async with sam.get("/inboxes") as reply:
        assert "/connect" not in await reply.text()
    async with sam.post("/inboxes/mail/connect") as reply:
        assert reply.status == 403
    admin = await desk.client(Role.ADMIN)
    for inbox, status in (("post", 422), ("none", 404)):
        async with admin.post(f"/inboxes/{inbox}/connect") as reply:
            assert reply.status == status
