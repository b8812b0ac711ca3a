"""Sending at scale and with care: connections used again, a pace, large files, tryouts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace

from channels.email.channel import EmailChannel
from channels.email.pace import Pace
from channels.sandbox.mail import MailSandbox
from desk.kit.clock import FrozenClock
from desk.kit.errors import ChannelBusy, Undeliverable
from desk.ports.messages import OutboundFile
from tests.channels.email_world import ADA, KIT, box, channel, door, outbound, settings


@pytest.fixture
async def mail() -> AsyncIterator[MailSandbox]:
    async with box() as sandbox:
        yield sandbox


async def test_many_mails_go_over_few_connections(mail: MailSandbox) -> None:
    given = settings(mail)
    inbox = channel(replace(given, smtp=replace(given.smtp, parallel=2)))
    async with inbox.run(door()):
        async with asyncio.TaskGroup() as group:
            for number in range(12):
                group.create_task(inbox.send(outbound(message_id=number), 0))
        assert 1 <= mail.smtp_connections <= 2
    assert len(mail.inbox_of(ADA)) == 12


async def test_a_connection_that_died_meanwhile_costs_nothing(mail: MailSandbox) -> None:
    inbox = channel(settings(mail))
    async with inbox.run(door()):
        await inbox.send(outbound(message_id=1), 0)
        mail.cut_smtp()
        await inbox.send(outbound(message_id=2), 0)
    assert (len(mail.inbox_of(ADA)), mail.smtp_connections) == (2, 2)


async def test_a_refused_mail_leaves_no_connection_behind(mail: MailSandbox) -> None:
    inbox = channel(settings(mail))
    async with inbox.run(door()):
        mail.faults.rcpt_answer = "550 5.1.1 User unknown"
        with pytest.raises(Undeliverable):
            await inbox.send(outbound(), 0)
        mail.faults.rcpt_answer = ""
        await inbox.send(outbound(), 0)
    assert mail.smtp_connections == 2


async def test_a_provider_that_takes_so_many_a_minute_gets_no_more() -> None:
    pace = Pace(600)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(4):
        await pace.turn()
    assert loop.time() - began >= 0.3
    slow = Pace(2)
    await slow.turn()
    with pytest.raises(ChannelBusy) as busy:
        await slow.turn()
    assert 25 < (busy.value.retry_after_s or 0) <= 30
    free = Pace(0)
    for _ in range(1000):
        await free.turn()


async def test_an_inbox_on_trial_writes_to_nobody_else(mail: MailSandbox) -> None:
    inbox = channel(settings(mail, only_to=("example.com", "bob@other.example")))
    async with inbox.run(door()):
        with pytest.raises(Undeliverable, match="only_to"):
            await inbox.send(outbound(recipient="eve@elsewhere.example"), 0)
        await inbox.send(outbound(cc=("eve@elsewhere.example",)), 0)
    (mailed,) = mail.inbox_of(ADA)
    assert "eve@elsewhere.example" in mailed.headers["cc"]  # shown, not sent


def _linked(clock: FrozenClock) -> EmailChannel:
    kit = replace(KIT, clock=clock)
    return EmailChannel("support", settings(largest_files_bytes=1000), kit)


async def test_files_too_large_to_mail_are_links_that_work_for_some_weeks(
    clock: FrozenClock,
) -> None:
    desk, inbox = door(), _linked(clock)
    blob = await desk.blobs.put(b"%PDF" * 500)
    file = OutboundFile(name="Plan [1].pdf", mime="application/pdf", size_bytes=2000, blob=blob)
    message = outbound(attachments=(file,), written_at=clock.now())
    (part,) = inbox.plan(message).parts
    assert part == inbox.plan(message).parts[0]  # the same link each time
    words = str(part.body["text"])
    assert words.startswith("Try again now.")
    link = next(one for one in words.replace("(", " ").replace(")", " ").split() if "://" in one)
    address = urlsplit(link)
    app = web.Application()
    for way in inbox.http_doors():
        app.router.add_route(way.method, way.path, way.handler)
    async with inbox.run(desk), TestClient(TestServer(app)) as browser:
        path = f"{address.path}?{address.query}"
        async with browser.get(path) as reply:
            assert (reply.status, await reply.read()) == (200, b"%PDF" * 500)
            assert reply.headers["Content-Disposition"].startswith("attachment")
        for forged in (
            path.replace("until=", "until=9"),
            path[:-1],
            path.rpartition("=")[0] + "=a",
        ):
            async with browser.get(forged) as reply:
                assert reply.status == 404
        clock.advance(timedelta(days=31))
        async with browser.get(path) as reply:
            assert reply.status == 404


async def test_files_that_fit_are_in_the_mail(clock: FrozenClock) -> None:
    inbox = _linked(clock)
    file = OutboundFile(name="a.pdf", mime="application/pdf", size_bytes=999, blob="x")
    at = datetime(2026, 3, 2, tzinfo=UTC)
    (part,) = inbox.plan(outbound(attachments=(file,), written_at=at)).parts
    assert "://" not in part.body["text"]
