"""`parley mail`: piped in and kept, or tried again; explained; read anew; there and back."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from bot import mail
from bot.config import Config, Inbox, Storage
from channels.sandbox.mail import MailSandbox
from desk.kit.clock import SystemClock
from desk.kit.errors import NotFound
from tests.bot.test_cli import PARLEY, Home, _environment
from tests.channels.email_world import DESK, box, settings

RAW = (
    b"From: Ada <ada@example.org>\r\nTo: help@desk.example\r\nSubject: My lamp\r\n"
    b"Message-ID: <1@example.org>\r\n\r\nWhere is it?\r\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A desk with an inbox that takes posted mail."""
    made = Home(tmp_path)
    post = {"token": "plain:a token of 16+ characters"}
    inbox = {"channel": "email", "settings": {"address": "help@desk.example", "post": post}}
    made.settings["inboxes"] = {"mail": inbox}
    return made


def piped(home: Home, raw: bytes, *words: str) -> tuple[int, str]:
    """Return how `parley mail …` ended with a mail on its standard input."""
    command = [*PARLEY, *home._asked(("mail", *words))]
    done = run(command, input=raw, capture_output=True, timeout=50, env=_environment())
    return done.returncode, (done.stdout + done.stderr).decode()


def rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(home.database) as file:
        return file.execute(query).fetchall()


def test_a_mail_piped_in_is_kept_and_one_that_cannot_be_is_tried_again(home: Home) -> None:
    code, said = piped(home, RAW, "pipe", "mail")
    assert (code, "does not answer" in said) == (75, True)  # the desk does not run
    with home.running():
        who = ("--sender", "ada@example.org", "--recipient", "help@desk.example")
        assert piped(home, RAW, "pipe", "mail", *who) == (0, "")
        assert piped(home, RAW, "pipe", "mail", *who) == (0, "")  # again is no trouble
        assert piped(home, b"", "pipe", "mail")[0] == 65
        assert piped(home, RAW, "pipe", "nobody")[0] == 1
    (raw,) = [bytes(row[0]) for row in rows(home, "select raw from arrivals")]
    assert raw.startswith(b"Return-Path: <ada@example.org>\r\nDelivered-To: help@desk.example\r\n")
    home.settings["inboxes"] = {
        "mail": {"channel": "email", "settings": {"address": "h@d.example"}}
    }
    code, said = piped(home, RAW, "pipe", "mail")
    assert (code, "post.token" in said) == (78, True)


def test_a_mail_in_a_file_is_explained_or_handed_over(home: Home) -> None:
    file = home.folder / "lamp.eml"
    file.write_bytes(RAW)
    code, said = home.parley("mail", "replay", str(file), "mail", "--dry-run")
    assert code == 0
    for words in ("InboundMessage:", "text: Where is it?", "ada@example.org", "subject: My lamp"):
        assert words in said
    assert home.parley("mail", "replay", str(file), "mail")[0] == 1
    with home.running():
        assert home.parley("mail", "replay", str(file), "mail") == (0, "The desk has it.\n")


def test_stored_mail_is_read_anew_and_what_is_set_aside_is_listed(home: Home) -> None:
    with home.running():
        assert piped(home, RAW, "pipe", "mail")[0] == 0
        assert piped(home, b"Subject: nobody wrote this\r\n\r\nx\r\n", "pipe", "mail")[0] == 0
        assert home.logs("arrival.failed")
        for _ in range(100):
            if rows(home, "select 1 from messages"):
                break
    with sqlite3.connect(home.database) as file:
        file.execute("update messages set text = 'as an older version read it'")
        file.execute("update arrivals set state = 'quarantined' where state <> 'recorded'")
    assert "1 of 1 messages would change" in home.parley("mail", "reparse", "--dry-run")[1]
    assert "1 of 1 messages changed" in home.parley("mail", "reparse")[1]
    assert rows(home, "select id, text from messages") == [(1, "Where is it?")]
    assert "0 of 1 messages changed" in home.parley("mail", "reparse")[1]
    code, said = home.parley("mail", "quarantine")
    assert (code, "names no sender" in said) == (0, True)
    assert "Nothing is set aside." in home.parley("mail", "quarantine", "--discard", "2")[1]


@pytest.fixture
async def server() -> AsyncIterator[MailSandbox]:
    async with box() as running:
        yield running


async def test_the_way_there_and_back_is_tried_and_opens_no_case(
    server: MailSandbox, tmp_path: Path
) -> None:
    given = settings(server)
    imap = {name: getattr(given.imap, name) for name in ("host", "port", "password")}
    smtp = {name: getattr(given.smtp, name) for name in ("host", "port", "password")}
    plain = {"security": "plain"}
    inbox = {"address": DESK, "imap": imap | plain, "smtp": smtp | plain}
    config = _config(tmp_path, inbox)
    finding = await mail.round_trip(config, "mail")
    assert finding.ok, finding.detail
    channel = await asyncio.to_thread(mail.email_channel, config, "mail")
    (loop,) = channel.parse(server.mailbox(DESK)[-1])
    assert getattr(loop, "automation", None) == "loop"


async def test_what_a_mailbox_holds_is_counted_and_left_alone(
    server: MailSandbox, tmp_path: Path
) -> None:
    now = SystemClock().now()
    await server.deliver(b"From: a@b.example\r\n\r\nold", DESK, now - timedelta(days=90))
    await server.deliver(b"From: a@b.example\r\n\r\nnew", DESK, now - timedelta(days=1))
    imap = {name: getattr(settings(server).imap, name) for name in ("host", "port", "password")}
    config = _config(tmp_path, {"address": DESK, "imap": imap | {"security": "plain"}})
    (line,) = await mail.history_of(config, "mail")
    assert "2 mails. 1 are unread" in line
    assert await server.flags(DESK) == [set(), set()]


async def test_a_way_that_is_closed_says_which_half(server: MailSandbox, tmp_path: Path) -> None:
    inbox = {"address": DESK, "imap": {"host": server.host, "port": server.imap_port}}
    config = _config(tmp_path, inbox)
    finding = await mail.round_trip(config, "mail")
    assert (finding.ok, "No mail server is set for sending" in finding.detail) == (False, True)
    with pytest.raises(NotFound, match="Configured: mail"):
        await mail.round_trip(config, "post")


def _config(folder: Path, inbox: Mapping[str, object]) -> Config:
    inboxes = {"mail": Inbox(channel="email", settings=dict(inbox))}
    return Config(storage=Storage(files=str(folder / "files")), inboxes=inboxes)
