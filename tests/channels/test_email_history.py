"""What a mailbox holds when we come: history, at its time and at its pace."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from channels.sandbox.mail import MailSandbox
from tests.channels.email_world import DESK, KIT, box, channel, door, only, settings
from tests.channels.test_email_doors import RAW


@pytest.fixture
async def mail() -> AsyncIterator[MailSandbox]:
    async with box() as sandbox:
        yield sandbox


async def test_what_was_there_before_is_history_unless_it_has_just_come(
    mail: MailSandbox,
) -> None:
    for number, (age, seen) in enumerate(
        [(timedelta(days=40), False), (timedelta(days=2), False), (timedelta(days=2), True)]
    ):
        came_at = KIT.clock.now() - age
        await mail.deliver(RAW.replace(b"m1", b"old%d" % number), DESK, came_at, seen=seen)
    await mail.deliver(RAW, DESK)
    desk, inbox = door(), channel(settings(mail))
    async with inbox.run(desk):
        arrivals = await desk.wait_for(4)
    found = [only(inbox.parse(one.raw)) for one in arrivals]
    assert [one.automation for one in found] == ["history"] * 3 + [None]
    assert [one.still_waits for one in found] == [False, True, False, False]
    assert found[0].came_at is not None
    assert abs(KIT.clock.now() - timedelta(days=40) - found[0].came_at) < timedelta(minutes=1)
    assert (found[3].came_at, found[3].external_id) == (None, "<m1@example.com>")


async def test_a_rebuilt_mailbox_makes_no_history_of_what_we_have(mail: MailSandbox) -> None:
    await mail.deliver(RAW, DESK, KIT.clock.now() - timedelta(days=40))
    desk = door()
    async with channel(settings(mail)).run(desk):
        await desk.wait_for(1)
        await mail.rebuild(DESK)
        await mail.deliver(RAW.replace(b"m1", b"m2"), DESK)
        await desk.wait_for(2)
    assert len(desk.arrivals) == 2


def test_nobody_can_make_his_mail_history() -> None:
    forged = b"X-Parley-History: 2020-01-01T00:00:00+00:00 read " + b"0" * 20 + b"\r\n" + RAW
    assert only(channel(settings()).parse(forged)).automation is None


async def test_a_long_backlog_is_read_in_small_steps_at_its_pace(mail: MailSandbox) -> None:
    for number in range(230):
        await mail.deliver(RAW.replace(b"m1", b"m%d" % number), DESK)
    found = settings(mail)
    imap = replace(found.imap, backlog_per_second=200)
    desk = door()
    began = asyncio.get_running_loop().time()
    async with channel(settings(mail, imap=imap)).run(desk):
        await desk.wait_for(230, timeout_s=30)
    assert asyncio.get_running_loop().time() - began >= 1.0
