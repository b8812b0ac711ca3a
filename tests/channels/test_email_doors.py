"""Mail comes in by IMAP, LMTP, SMTP and HTTP, once each, and never before it is committed."""

import asyncio
import hashlib
import hmac
import smtplib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession, web

from channels.email.channel import EmailChannel
from channels.email.config import (
    AfterCommit,
    DoorProtocol,
    DoorSettings,
    EmailSettings,
    ImapSettings,
    PostSettings,
    Security,
)
from channels.sandbox.door import MemoryDoor
from channels.sandbox.mail import MailSandbox
from desk.kit.errors import ChannelBroken, ChannelBusy, Invalid
from desk.ports.channel import HealthState
from tests.channels.email_world import ADA, DESK, KIT, box, channel, door, only, settings

BUSY = ChannelBusy("the database is away", 1)
RAW = (
    b"From: ada@example.com\r\nTo: support@acme.example\r\n"
    b"Message-ID: <m1@example.com>\r\n\r\nHi\r\n"
)
FORGED = b"Return-Path: <>\r\nDelivered-To: x@y\r\n" + RAW


@pytest.fixture
async def mail() -> AsyncIterator[MailSandbox]:
    async with box() as sandbox:
        yield sandbox


async def test_mail_in_idle_becomes_an_arrival_and_is_marked_after(mail: MailSandbox) -> None:
    desk, inbox = door(), channel(settings(mail))
    async with inbox.run(desk):
        await desk.wait_until(lambda: desk.health is HealthState.CONNECTED)
        await mail.send(ADA, DESK, "Printer on fire", "Help!")
        (arrival,) = await desk.wait_for(1)
        await mail.send(ADA, DESK, "Second", "Still burning")
        await desk.wait_for(2)
    assert only(inbox.parse(arrival.raw)).subject == "Printer on fire"
    assert len(desk.arrivals) == 2
    assert await mail.flags(DESK) == [{"\\Seen"}, {"\\Seen"}]
    assert desk.health is HealthState.STOPPED


async def test_what_was_there_before_is_left_alone_unless_asked_for(mail: MailSandbox) -> None:
    await mail.deliver(RAW, DESK)
    found = settings(mail)
    from_now_on = settings(mail, imap=_replaced(found.imap, take_existing=False))
    desk = door()
    async with channel(from_now_on).run(desk):
        await desk.wait_until(lambda: desk.health is HealthState.CONNECTED)
        await mail.send(ADA, DESK, "New", "New")
        (arrival,) = await desk.wait_for(1)
    assert b"Subject: New" in arrival.raw


async def test_cut_connections_lose_nothing_and_double_nothing(mail: MailSandbox) -> None:
    desk = door()
    mail.faults.imap_life_s = 0.15
    async with channel(settings(mail)).run(desk):
        for number in range(20):
            await mail.deliver(RAW.replace(b"m1", b"m%d" % number), DESK)
            await asyncio.sleep(0.02)
        await desk.wait_for(20)
    assert len({one.dedupe_key for one in desk.arrivals}) == 20
    assert HealthState.TROUBLED in {one.state for one in desk.healths}


async def test_a_rebuilt_mailbox_brings_no_mail_twice(mail: MailSandbox) -> None:
    await mail.deliver(RAW, DESK)
    desk = door()
    async with channel(settings(mail)).run(desk):
        await desk.wait_for(1)
        await mail.rebuild(DESK)
        await mail.send(ADA, DESK, "New", "New")
        await desk.wait_for(2)
    assert len(desk.arrivals) == 2
    assert desk.offered > 2


async def test_a_crash_after_the_commit_brings_the_mail_again_as_one(mail: MailSandbox) -> None:
    await mail.deliver(RAW, DESK)
    desk = door()
    async with channel(settings(mail)).run(desk):
        await desk.wait_for(1)
    desk.state.clear()  # as if the cursor had not been written
    async with channel(settings(mail)).run(desk):
        await desk.wait_until(lambda: desk.offered == 2)
    assert len(desk.arrivals) == 1


async def test_nothing_is_marked_while_the_desk_cannot_take_it(mail: MailSandbox) -> None:
    await mail.deliver(RAW, DESK)
    desk = door()
    await desk.save("other", b"")
    desk.trouble = BUSY
    async with channel(settings(mail)).run(desk):
        await desk.wait_until(lambda: desk.health is HealthState.TROUBLED)
        assert (desk.arrivals, await mail.flags(DESK)) == ([], [set()])
        desk.trouble = None
        await desk.wait_for(1)


@pytest.mark.parametrize("after", [AfterCommit.MOVE, AfterCommit.DELETE])
async def test_a_mail_leaves_the_folder_when_told_to(mail: MailSandbox, after: AfterCommit) -> None:
    await mail.deliver(RAW, DESK)
    found = settings(mail)
    desk = door()
    async with channel(settings(mail, imap=_replaced(found.imap, after_commit=after))).run(desk):
        await desk.wait_until(lambda: desk.health is HealthState.CONNECTED)
    assert (len(desk.arrivals), await mail.flags(DESK)) == (1, [])


async def test_a_mail_too_large_becomes_a_note_once(mail: MailSandbox) -> None:
    await mail.deliver(RAW + b"x" * 5000, DESK)
    desk, inbox = door(), channel(settings(mail, largest_bytes=2000))
    async with inbox.run(desk):
        await desk.wait_until(lambda: desk.health is HealthState.CONNECTED)
    (arrival,) = desk.arrivals
    assert "more than this inbox takes" in only(inbox.parse(arrival.raw)).text
    assert len(arrival.raw) < 2000


async def test_a_wrong_password_is_said_and_not_hammered(mail: MailSandbox) -> None:
    found = settings(mail)
    desk = door()
    wrong = settings(mail, imap=_replaced(found.imap, password="plain:wrong"))
    async with channel(wrong).run(desk):
        await desk.wait_until(lambda: desk.health is HealthState.BROKEN)
    assert "refuses the sign-in" in desk.healths[-2].detail


async def test_a_dead_mail_server_is_not_hammered(mail: MailSandbox) -> None:
    found = settings(mail)
    mail.faults.imap_refuses = True
    desk = door()
    slow = settings(mail, imap=_replaced(found.imap, reconnect_s=60.0))
    async with channel(slow).run(desk):
        await desk.wait_until(lambda: desk.health is HealthState.TROUBLED)
        await asyncio.sleep(0.1)
    assert [one.state for one in desk.healths].count(HealthState.TROUBLED) == 1


@pytest.mark.parametrize("protocol", [DoorProtocol.LMTP, DoorProtocol.SMTP])
async def test_a_mail_server_hears_yes_after_the_commit_only(protocol: DoorProtocol) -> None:
    desk, inbox = door(), _listening(protocol)
    async with inbox.run(desk):
        desk.trouble = BUSY
        assert await _hand_over(inbox, protocol, RAW) == 451
        assert desk.arrivals == []
        desk.trouble = None
        assert await _hand_over(inbox, protocol, RAW) == 250
        assert await _hand_over(inbox, protocol, RAW) == 250
    (arrival,) = desk.arrivals
    assert arrival.raw.startswith(
        b"Return-Path: <bounce@relay.example>\r\nDelivered-To: support+c1@acme.example\r\n"
    )


async def test_a_forged_envelope_header_is_dropped() -> None:
    desk, inbox = door(), _listening(DoorProtocol.SMTP)
    async with inbox.run(desk):
        await _hand_over(
            inbox, DoorProtocol.SMTP, b"Return-Path: <>\r\nDelivered-To: x@y\r\n" + RAW
        )
    raw = desk.arrivals[0].raw
    assert (raw.count(b"Return-Path"), raw.count(b"Delivered-To"), b"x@y" in raw) == (1, 1, False)


async def test_the_listener_is_no_relay_and_has_limits() -> None:
    desk, inbox = door(), _listening(DoorProtocol.SMTP, largest_bytes=1000)
    async with inbox.run(desk):
        assert await _hand_over(inbox, DoorProtocol.SMTP, RAW, to="x@elsewhere.example") == 550
        assert await _hand_over(inbox, DoorProtocol.SMTP, RAW + b"x" * 2000) == 552
    assert desk.arrivals == []


async def test_one_connection_too_many_is_turned_away() -> None:
    caps = DoorSettings(protocol=DoorProtocol.SMTP, port=0, connections_per_peer=1)
    inbox = channel(EmailSettings(address=DESK, door=caps))
    async with inbox.run(door()):
        assert inbox.listener is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", inbox.listener.port)
        assert await _answer(reader) == 220
        assert await _hand_over(inbox, DoorProtocol.SMTP, RAW) == 421
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\n.\r"])
async def test_no_second_mail_is_smuggled_in_behind_a_bare_line_end(end: bytes) -> None:
    desk = door()
    inbox = channel(settings(door=DoorSettings(protocol=DoorProtocol.SMTP, port=0)))
    async with inbox.run(desk):
        assert inbox.listener is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", inbox.listener.port)
        assert await _answer(reader) == 220
        smuggled = (
            b"MAIL FROM:<ceo@acme.example>\r\nRCPT TO:<" + DESK.encode() + b">\r\nDATA\r\n"
            b"From: ceo@acme.example\r\n\r\nPay this\r\n.\r\n"
        )
        for line in (
            b"EHLO x.example\r\n",
            b"MAIL FROM:<eve@evil.example>\r\n",
            b"RCPT TO:<" + DESK.encode() + b">\r\n",
            b"DATA\r\n",
        ):
            writer.write(line)
            await _answer(reader)
        writer.write(b"From: eve@evil.example\r\n\r\nHello" + end + smuggled)
        await _answer(reader)
        writer.write(b"QUIT\r\n")
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert len(desk.arrivals) == 1
    assert all(b"ceo@acme.example>" not in one.raw.split(b"\r\n\r\n")[0] for one in desk.arrivals)


async def test_posted_mail_is_taken_with_the_token_and_once() -> None:
    desk = door()
    async with _posting(desk) as url, ClientSession() as http:
        bearer = {"Authorization": "Bearer a token of 16+ chars"}
        statuses = [await _status(http, url, RAW, bearer) for _ in range(2)]
        desk.trouble = BUSY
        assert await _status(http, url, RAW + b"more", bearer) == 503
    assert (statuses, len(desk.arrivals)) == ([202, 200], 1)


async def test_posted_mail_may_be_signed_instead() -> None:
    desk = door()
    now = int(KIT.clock.now().timestamp())
    async with _posting(desk) as url, ClientSession() as http:
        assert await _status(http, url, RAW, _signed(RAW, now - 3600)) == 401
        assert await _status(http, url, RAW + b"!", _signed(RAW, now)) == 401
        assert desk.arrivals == []
        envelope = {"X-Envelope-From": "b@relay.example", "X-Envelope-To": DESK}
        assert await _status(http, url, RAW, _signed(RAW, now) | envelope) == 401
        whole = f"b@relay.example\n{DESK}\n".encode() + RAW
        assert await _status(http, url, RAW, _signed(whole, now) | envelope) == 202
    assert desk.arrivals[0].raw.startswith(b"Return-Path: <b@relay.example>\r\n")


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, RAW, 401),
        ({"Authorization": "Bearer wrong"}, RAW, 401),
        ({"Authorization": "Bearer a token of 16+ chars"}, RAW * 100, 413),
        ({"Authorization": "Bearer a token of 16+ chars"}, b"", 400),
        ({"X-Parley-Timestamp": "soon", "X-Parley-Signature": "0" * 64}, RAW, 401),
    ],
)
async def test_a_bad_post_stores_nothing(headers: dict[str, str], body: bytes, status: int) -> None:
    desk = door()
    async with _posting(desk) as url, ClientSession() as http:
        assert await _status(http, url, body, headers) == status
    assert desk.arrivals == []


async def test_every_door_brings_the_same_mail_under_the_same_key(mail: MailSandbox) -> None:
    desk = door()
    caps = DoorSettings(protocol=DoorProtocol.LMTP, port=0)
    inbox = channel(settings(mail, door=caps))
    await mail.submit(RAW, ADA, DESK)
    async with inbox.run(desk):
        await desk.wait_for(1)
        await _hand_over(inbox, DoorProtocol.LMTP, RAW)
    assert (desk.offered, len(desk.arrivals)) == (2, 1)


def test_a_password_in_the_open_is_refused_on_a_network() -> None:
    with pytest.raises(Invalid, match="tls or starttls"):
        EmailSettings(imap=ImapSettings(host="mail.example", security=Security.PLAIN))


def _replaced(found: ImapSettings, **changes: object) -> ImapSettings:
    return msgspec.structs.replace(found, **changes)


def _listening(protocol: DoorProtocol, **changes: object) -> EmailChannel:
    return channel(settings(None, door=DoorSettings(protocol=protocol, port=0), **changes))


async def _hand_over(
    inbox: EmailChannel, protocol: DoorProtocol, raw: bytes, to: str = "support+c1@acme.example"
) -> int:
    """Speak to the inbox's listener as a relay does; return the code of the last answer."""
    assert inbox.listener is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", inbox.listener.port)
    greeting = b"LHLO relay" if protocol is DoorProtocol.LMTP else b"EHLO relay"
    lines = (b"", greeting, b"MAIL FROM:<bounce@relay.example>", f"RCPT TO:<{to}>".encode())
    try:
        code = 0
        for line in (*lines, b"DATA", raw.removesuffix(b"\r\n") + b"\r\n."):
            if line:
                writer.write(line + b"\r\n")
            code = await _answer(reader)
            if code >= 400:
                break
        return code
    finally:
        writer.close()
        await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> int:
    line = b"000-"
    while line[3:4] == b"-":
        line = await reader.readline()
    return int(line[:3])


class _Posting:
    """A web server with the inbox's route, and the inbox running."""

    def __init__(self, desk: MemoryDoor) -> None:
        post = PostSettings(token="plain:a token of 16+ chars")
        self._inbox = channel(settings(post=post, largest_bytes=5000))
        self._running = self._inbox.run(desk)
        application = web.Application()
        for one in self._inbox.http_doors():
            application.router.add_route(one.method, one.path, one.handler)
        self._runner = web.AppRunner(application)

    async def __aenter__(self) -> str:
        await self._running.__aenter__()
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        return f"http://127.0.0.1:{port}/inbound/email/support"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._running.__aexit__(None, None, None)


def _posting(desk: MemoryDoor) -> _Posting:
    return _Posting(desk)


async def _status(http: ClientSession, url: str, body: bytes, headers: dict[str, str]) -> int:
    async with http.post(url, data=body, headers=headers) as answer:
        return answer.status


def _signed(body: bytes, at_s: int) -> dict[str, str]:
    key = b"a token of 16+ chars"
    signature = hmac.new(key, f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Parley-Timestamp": str(at_s), "X-Parley-Signature": f"sha256={signature}"}


async def test_a_mail_server_beside_us_delivers_through_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "mail.sock"
    door_at = DoorSettings(protocol=DoorProtocol.LMTP, socket=str(path))
    desk = door()
    for number in range(2):  # what a process that died has left behind is in nobody's way
        async with channel(settings(door=door_at)).run(desk):
            raw = RAW.replace(b"m1", b"m%d" % number)
            await asyncio.to_thread(_deliver, path, raw)
    assert len(desk.arrivals) == 2
    nowhere = DoorSettings(protocol=DoorProtocol.LMTP, socket=str(tmp_path / "no" / "mail.sock"))
    with pytest.raises(ChannelBroken, match="may write to"):
        async with channel(settings(door=nowhere)).run(door()):
            pass


def _deliver(path: Path, raw: bytes) -> None:
    with smtplib.LMTP(str(path)) as client:
        client.sendmail(ADA, [DESK], raw)
