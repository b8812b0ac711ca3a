"""The webhook: stored before it is answered, and closed to everybody else; real sockets."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from channels.sandbox.door import MemoryDoor
from channels.sandbox.telegram import SandboxFile, TelegramSandbox
from channels.telegram.channel import TelegramChannel
from channels.telegram.config import Mode
from desk.kit.errors import ChannelBusy
from desk.ports.channel import ChannelKit, HealthState
from desk.ports.messages import InboundMessage
from tests.channels.telegram_desk import ADA, KIT, door, heard, sandbox, settings_for, until

__all__ = ["door", "sandbox"]


@asynccontextmanager
async def called(
    sandbox: TelegramSandbox, door: MemoryDoor, *, opened: bool = True, **changed: Any
) -> AsyncIterator[tuple[TelegramChannel, str]]:
    """A channel in webhook mode behind a real server, and the URL Telegram calls."""
    port = unused_port()
    kit = ChannelKit(clock=KIT.clock, secret="not-so-secret", public_url=f"http://127.0.0.1:{port}")
    channel = TelegramChannel("support", settings_for(sandbox, mode=Mode.WEBHOOK, **changed), kit)
    app = web.Application()
    [route] = channel.http_doors()
    app.router.add_route(route.method, route.path, route.handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        if not opened:
            yield channel, kit.public_url + route.path
            return
        async with channel.run(door):
            await until(lambda: sandbox.updates.hook.url != "")
            yield channel, kit.public_url + route.path
    finally:
        await runner.cleanup()


async def test_an_update_is_delivered_and_stored(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    ada = sandbox.customer(ADA, "Ada")
    await ada.send("written before the desk was up")
    async with called(sandbox, door) as (channel, url):
        await ada.send("hello")
        first, second = await heard(channel, door, 2)
        await until(lambda: sandbox.unconfirmed() == 0)
        await door.wait_until(lambda: door.health is HealthState.CONNECTED)
    assert isinstance(first, InboundMessage)
    assert isinstance(second, InboundMessage)
    assert (first.text, second.text) == ("written before the desk was up", "hello")
    assert sandbox.token not in url
    assert sandbox.token.partition(":")[2] not in sandbox.updates.hook.secret
    assert door.healths[1].state is HealthState.CONNECTED


async def test_an_update_that_was_not_stored_comes_again(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with called(sandbox, door):
        door.trouble = ChannelBusy("the database is away")
        await sandbox.customer(ADA, "Ada").send("hello")
        await until(lambda: "503" in sandbox.updates.hook.error)
        door.trouble = None
        await door.wait_for(1)


async def test_an_album_by_webhook_is_one_message(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with called(sandbox, door) as (channel, _):
        files = [SandboxFile(f"{n}.jpg", b"x") for n in range(4)]
        await sandbox.customer(ADA, "Ada").send_album(files, "look")
        [album] = await heard(channel, door, 1)
    assert isinstance(album, InboundMessage)
    assert (len(album.attachments), album.text) == (4, "look")


@pytest.mark.parametrize("secret", [None, "", "wrong", "wröng"])
async def test_a_stranger_is_refused_and_nothing_is_stored(
    sandbox: TelegramSandbox, door: MemoryDoor, secret: str | None
) -> None:
    async with called(sandbox, door) as (_, url), aiohttp.ClientSession() as stranger:
        header = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with stranger.post(url, json={"update_id": 1}, headers=header) as answer:
            assert answer.status == 403
    assert door.arrivals == []


@pytest.mark.parametrize(
    ("body", "status", "stored"),
    [
        (b'{"update_id": 5, "brand_new_kind": {}}', 200, 1),
        (b"not json", 200, 1),
        (b"\xff\xfe", 200, 1),
        (b"[" * 5000, 200, 1),
        (b"[]", 200, 1),
        (b'"' + b"x" * 1_100_000 + b'"', 413, 0),
    ],
)
async def test_whatever_telegram_sends_is_stored_and_never_an_error(
    sandbox: TelegramSandbox, door: MemoryDoor, body: bytes, status: int, stored: int
) -> None:
    async with called(sandbox, door) as (_, url), aiohttp.ClientSession() as telegram:
        header = {"X-Telegram-Bot-Api-Secret-Token": sandbox.updates.hook.secret}
        for _again in range(2):
            async with telegram.post(url, data=io.BytesIO(body), headers=header) as answer:
                assert answer.status == status
    assert [arrival.raw for arrival in door.arrivals] == [body] * stored


async def test_before_the_inbox_is_open_telegram_is_asked_to_come_back(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with called(sandbox, door) as (_, url):
        secret = sandbox.updates.hook.secret
    async with called(sandbox, door, opened=False) as (_, url), aiohttp.ClientSession() as caller:
        header = {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with caller.post(url, data=json.dumps({"update_id": 1}), headers=header) as answer:
            assert answer.status == 503
    assert door.arrivals == []


async def test_the_doctor_sees_whether_telegram_knows_the_address(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with called(sandbox, door) as (channel, url):
        [_, well] = await channel.check()
        sandbox.updates.set_hook("https://example.org/else", "")
        [_, elsewhere] = await channel.check()
    assert well.ok
    assert url not in elsewhere.detail
    assert (elsewhere.ok, elsewhere.mend) == (False, "Starting the desk sets it.")


def test_in_polling_mode_there_is_no_door() -> None:
    channel = TelegramChannel("support", settings_for(TelegramSandbox()), KIT)
    assert channel.http_doors() == ()


async def test_a_webhook_that_somebody_moved_is_set_again_and_its_failures_are_told(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with called(sandbox, door, look_every_s=0.05) as (_, url):
        await door.wait_until(lambda: door.health is HealthState.CONNECTED)
        sandbox.updates.set_hook("http://127.0.0.1:1/else", "")
        await until(lambda: sandbox.updates.hook.url == url)
        door.trouble = ChannelBusy("the disk is full")
        await sandbox.customer(ADA, "Ada").send("hello")
        sandbox.updates.hook.error_at += 3600
        await door.wait_until(lambda: door.health is HealthState.TROUBLED)
        assert "503" in door.healths[-1].detail
        door.trouble = None
        await door.wait_until(lambda: door.health is HealthState.CONNECTED)


async def test_a_body_that_is_not_packed_as_it_says_is_refused(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with called(sandbox, door) as (_, url), aiohttp.ClientSession() as telegram:
        told = {"X-Telegram-Bot-Api-Secret-Token": sandbox.updates.hook.secret}
        body = io.BytesIO(b'{"update_id": 1}')
        async with telegram.post(
            url, data=body, headers=told | {"Content-Encoding": "gzip"}
        ) as answer:
            assert answer.status == 400
    assert door.arrivals == []
