"""Letters to agents over a real mail server: sent once, stopped by a click, bounces heard."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.notices import StaffLetters
from channels.email.channel import EmailChannel
from channels.email.mail import read
from channels.email.parse import Reader, parse
from channels.sandbox.mail import MailSandbox
from desk.agents.actions import AgentDraft, create_agent
from desk.db import jobs
from desk.db.engine import Database
from desk.db.tables import jobs as job_rows
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from desk.notices import actions, letters, queries
from desk.notices.actions import Told
from desk.notices.handlers import LETTER
from desk.notices.queries import Wishes
from desk.notices.rules import Kind
from desk.ports.inbound import StaffUnreachable
from tests.channels.email_world import DESK, KIT, box, channel, door, settings

ANN = "ann@acme.example"
VOICE = letters.Desk(public_url="https://desk.example", secret="s", name="Acme")


@pytest.fixture
async def mail() -> AsyncIterator[MailSandbox]:
    async with box() as sandbox:
        await sandbox.add_mailbox(ANN, "secret")
        yield sandbox


async def told(db: Database, clock: FrozenClock) -> int:
    draft = AgentDraft(email=ANN, name="Ann")
    agent_id = await db.write(create_agent, draft, actor=SYSTEM, now=clock.now())
    told = Told(kind=Kind.INBOX, detail="mail: the sign-in is refused")
    await db.write(actions.tell, agent_id, told, now=clock.now())
    await db.write(jobs.enqueue, LETTER, {"agent": agent_id}, due_at=clock.now(), key=str(agent_id))
    return agent_id


async def work(db: Database, inbox: EmailChannel, clock: FrozenClock) -> None:
    """Do the one job there is, as the runner does."""
    claim = await db.write(jobs.claim, LETTER, limit=1, lease=timedelta(seconds=9), now=clock.now())
    async with inbox.run(door()):
        await StaffLetters(db, inbox, VOICE, clock).work(claim[0])


async def left(db: Database) -> int:
    return len(await db.read(lambda c: c.execute(select(job_rows)).all()))


async def test_what_waits_is_one_letter_that_can_be_stopped(
    database: Database, clock: FrozenClock, mail: MailSandbox
) -> None:
    await told(database, clock)
    await work(database, channel(settings(mail)), clock)
    (got,) = mail.inbox_of(ANN)
    assert "An inbox needs you: mail: the sign-in is refused" in got.subject
    head = read(mail.mailbox(ANN)[0])
    assert head.words("list-unsubscribe").startswith("<https://desk.example/notices/stop/1.")
    assert head.words("list-unsubscribe-post") == "List-Unsubscribe=One-Click"
    assert head.words("auto-submitted") == "auto-generated"
    assert await left(database) == 0


async def test_quiet_hours_put_a_letter_off_until_they_end(
    database: Database, clock: FrozenClock, mail: MailSandbox
) -> None:
    agent_id = await told(database, clock)
    hour = clock.now().hour
    quiet = Wishes(quiet_from=f"{hour:02}:00", quiet_to=f"{(hour + 2) % 24:02}:00")
    await database.write(actions.wish, agent_id, quiet)
    inbox = channel(settings(mail))
    await work(database, inbox, clock)
    assert mail.inbox_of(ANN) == []
    clock.advance(timedelta(hours=2))
    await work(database, inbox, clock)
    assert len(mail.inbox_of(ANN)) == 1


async def test_a_refused_address_is_marked_and_a_server_away_is_tried_again(
    database: Database, clock: FrozenClock, mail: MailSandbox
) -> None:
    agent_id = await told(database, clock)
    inbox = channel(settings(mail))
    mail.faults.rcpt_answer = "451 4.3.0 later"
    await work(database, inbox, clock)
    assert await left(database) == 1
    clock.advance(timedelta(minutes=2))
    mail.faults.rcpt_answer = "550 5.1.1 no such user"
    await work(database, inbox, clock)
    assert "no such user" in (await database.read(queries.wishes, agent_id)).unreachable
    assert await left(database) == 0


async def test_a_letter_whose_words_are_refused_says_nothing_of_the_address(
    database: Database, clock: FrozenClock, mail: MailSandbox
) -> None:
    agent_id = await told(database, clock)
    mail.faults.data_answer = "554 5.7.1 spam"
    await work(database, channel(settings(mail)), clock)
    assert (await database.read(queries.wishes, agent_id)).unreachable == ""
    assert await left(database) == 0


async def test_what_comes_while_a_letter_is_on_its_way_is_told_by_the_next(
    database: Database, clock: FrozenClock, mail: MailSandbox
) -> None:
    agent_id = await told(database, clock)
    due = await database.read(letters.due, agent_id, VOICE)
    clock.advance(timedelta(seconds=1))
    again = Told(kind=Kind.INBOX, detail="mail: still refused")
    await database.write(actions.tell, agent_id, again, now=clock.now())
    ids = list(due.notice_ids)
    await database.write(actions.lettered, ids, until=due.until, now=clock.now())
    later = await database.read(letters.due, agent_id, VOICE)
    assert later.letter is not None
    assert "still refused" in later.letter.subject


async def test_a_bounce_of_a_letter_is_about_the_agent_and_opens_no_case(
    database: Database, clock: FrozenClock, mail: MailSandbox
) -> None:
    agent_id = await told(database, clock)
    await work(database, channel(settings(mail)), clock)
    sent = mail.mailbox(ANN)[0].replace(b"\r\n", b"\n")
    own_id = read(sent).message_id or ""
    reader = Reader(addresses=(DESK,), secret=KIT.secret)
    (back,) = parse(_bounce(sent), reader)
    assert isinstance(back, StaffUnreachable)
    assert (back.agent_id, back.address) == (agent_id, ANN)
    away = (
        f"From: {ANN}\nTo: {DESK}\nSubject: Out of office\nAuto-Submitted: auto-replied\n"
        f"In-Reply-To: <{own_id}>\nMessage-ID: <a@b>\n\nI am away.\n"
    )
    assert parse(away.encode(), reader) == ()
    forged = _bounce(sent.replace(own_id[:8].encode(), b"n.99.99."))
    assert not [one for one in parse(forged, reader) if isinstance(one, StaffUnreachable)]


def _bounce(sent: bytes) -> bytes:
    head = sent.partition(b"\n\n")[0]
    return (
        b"From: MAILER-DAEMON@mx.example\nTo: support@acme.example\n"
        b"Subject: Undelivered Mail Returned to Sender\nReturn-Path: <>\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
        b"--x\nContent-Type: text/plain\n\nNo such user.\n"
        b"--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        b"Final-Recipient: rfc822; ann@acme.example\nAction: failed\nStatus: 5.1.1\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 No such user\n"
        b"--x\nContent-Type: text/rfc822-headers\n\n" + head + b"\n--x--\n"
    )
