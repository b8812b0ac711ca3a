"""Mail goes out as one mail however often it is sent, and every failure is said in our words."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import render
from channels.email.config import SmtpSettings
from channels.sandbox.mail import MailSandbox
from channels.sandbox.mail.server import received
from desk.kit.errors import (
    ChannelBroken,
    ChannelBusy,
    DeskError,
    Refusal,
    Uncertain,
    Undeliverable,
)
from desk.ports.messages import Author, AuthorKind, Choice, OutboundFile, OutboundMessage
from tests.channels.email_world import ADA, DESK, KIT, box, channel, door, outbound, settings

AT = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=1)))
HELLO = outbound()


@pytest.fixture
async def mail() -> AsyncIterator[MailSandbox]:
    async with box() as sandbox:
        yield sandbox


def written(message: OutboundMessage, **changes: object) -> bytes:
    return render.write(render.draft(message, settings(None, **changes), KIT.secret), [], AT)


async def test_an_answer_arrives_with_its_thread_and_its_files(mail: MailSandbox) -> None:
    desk, inbox = door(), channel(settings(mail))
    blob = await desk.blobs.put(b"%PDF")
    file = OutboundFile(name="Rechnung März.pdf", mime="application/pdf", size_bytes=4, blob=blob)
    async with inbox.run(desk):
        own_id = await inbox.send(outbound(attachments=(file,)), 0)
    found = await mail.wait_for(ADA)
    assert found.message_id == own_id
    assert (found.subject, found.in_reply_to) == ("Re: Printer on fire", "<q@example.com>")
    assert found.references == "<first@example.com> <q@example.com>"
    assert found.sender == f"Ann from Acme <{DESK}>"
    assert found.text.strip() == "Try again now."
    assert "<strong>again</strong>" in found.html
    assert found.files == (("Rechnung März.pdf", "application/pdf", b"%PDF"),)
    assert "auto-submitted" not in found.headers


async def test_what_is_kept_is_what_was_sent_to_the_byte(mail: MailSandbox) -> None:
    desk, inbox = door(), channel(settings(mail))
    blob = await desk.blobs.put(b"%PDF")
    file = OutboundFile(name="a.pdf", mime="application/pdf", size_bytes=4, blob=blob)
    message = outbound(attachments=(file,), written_at=AT)
    async with inbox.run(desk):
        kept = await desk.blobs.get(await inbox.keep(message, 0))
        await inbox.send(message, 0)
    await mail.wait_for(ADA)
    assert mail.mailbox(ADA)[-1].rstrip().endswith(kept.rstrip())
    assert b"Date: Mon, 02 Mar 2026 09:00:00 +0100" in kept


async def test_a_mail_sent_again_is_the_same_mail(mail: MailSandbox) -> None:
    inbox = channel(settings(mail))
    async with inbox.run(door()):
        ids = {await inbox.send(HELLO, 0) for _ in range(2)}
    assert len(ids) == 1
    assert written(HELLO) == written(HELLO)


@pytest.mark.parametrize(
    ("fault", "answer", "error", "refusal"),
    [
        ("mail_answer", "421 4.7.0 Try again later", ChannelBusy, None),
        ("mail_answer", "550 5.7.1 Not you", ChannelBroken, None),
        ("rcpt_answer", "450 4.2.0 Greylisted", ChannelBusy, None),
        ("rcpt_answer", "550 5.1.1 User unknown", Undeliverable, Refusal.GONE),
        ("data_answer", "451 4.3.0 Later", ChannelBusy, None),
        ("data_answer", "552 5.3.4 Too big", Undeliverable, Refusal.CONTENT),
        ("data_answer", "554 5.7.1 Spam", Undeliverable, Refusal.CONTENT),
    ],
)
async def test_the_desk_learns_whether_to_try_again(
    mail: MailSandbox, fault: str, answer: str, error: type[DeskError], refusal: Refusal | None
) -> None:
    setattr(mail.faults, fault, answer)
    with pytest.raises(error) as raised:
        await channel(settings(mail)).send(HELLO, 0)
    assert getattr(raised.value, "refusal", None) is refusal
    assert raised.value.retry_after_s is None  # the channel's own pauses: a minute, then longer


async def test_a_connection_lost_after_the_mail_is_uncertain(mail: MailSandbox) -> None:
    mail.faults.drops_after_data = True
    with pytest.raises(Uncertain):
        await channel(settings(mail)).send(HELLO, 0)
    assert len(mail.mailbox(ADA)) == 1


async def test_a_silent_server_after_the_mail_is_uncertain(mail: MailSandbox) -> None:
    mail.faults.smtp_slow_s = 0.5
    found = settings(mail)
    hasty = msgspec.structs.replace(found.smtp, timeout_s=0.1)
    with pytest.raises(Uncertain):
        await channel(settings(mail, smtp=hasty)).send(HELLO, 0)


async def test_a_wrong_password_stops_the_inbox(mail: MailSandbox) -> None:
    wrong = msgspec.structs.replace(settings(mail).smtp, password="plain:wrong")
    with pytest.raises(ChannelBroken, match="refuses the sign-in"):
        await channel(settings(mail, smtp=wrong)).send(HELLO, 0)


async def test_nobody_listening_is_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nowhere = SmtpSettings(host="127.0.0.1", port=port)
    with pytest.raises(ChannelBusy):
        await channel(settings(None, smtp=nowhere)).send(HELLO, 0)


async def test_a_copy_that_is_refused_does_not_stop_the_mail(mail: MailSandbox) -> None:
    await channel(settings(mail)).send(outbound(cc=("nobody@example.com",)), 0)
    assert (await mail.wait_for(ADA)).headers["cc"] == "nobody@example.com"


async def test_automatic_mail_says_so_and_comes_from_nobody(mail: MailSandbox) -> None:
    bot = Author(kind=AuthorKind.BOT, name="Parley")
    await channel(settings(mail)).send(outbound(automatic=True, author=bot), 0)
    headers = (await mail.wait_for(ADA)).headers
    assert headers["auto-submitted"] == "auto-replied"
    assert headers["x-auto-response-suppress"] == "All"
    assert headers["precedence"] == "auto_reply"
    assert headers["return-path"] == "<>"
    assert headers["from"] == f"Acme <{DESK}>"


async def test_a_mail_program_is_told_where_one_click_stops_such_mail(mail: MailSandbox) -> None:
    bot = Author(kind=AuthorKind.BOT, name="Parley")
    url = "https://desk.example/rate/7.1.mark/stop"
    await channel(settings(mail)).send(outbound(automatic=True, author=bot, stop_url=url), 0)
    headers = (await mail.wait_for(ADA)).headers
    assert headers["list-unsubscribe"] == f"<{url}>"
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


async def test_no_persons_answer_offers_to_stop_it(mail: MailSandbox) -> None:
    await channel(settings(mail)).send(outbound(stop_url="https://desk.example/stop"), 0)
    headers = (await mail.wait_for(ADA)).headers
    assert not [name for name in headers if name.startswith("list-")]


async def test_the_doctor_says_what_is_well_and_what_is_not(mail: MailSandbox) -> None:
    well = await channel(settings(mail)).check()
    assert {one.what: one.ok for one in well} == {"address": True, "imap": True, "smtp": True}
    found = settings(mail)
    ill = settings(
        mail,
        imap=msgspec.structs.replace(found.imap, password="plain:wrong"),
        smtp=msgspec.structs.replace(found.smtp, password="env:PARLEY_NOT_SET"),
    )
    for one in (await channel(ill).check())[1:]:
        assert (one.ok, bool(one.mend), "wrong" in one.detail) == (False, True, False)
    assert [one.ok for one in await channel(settings()).check()] == [False, False]


async def test_sending_does_not_hold_up_another(mail: MailSandbox) -> None:
    mail.faults.smtp_slow_s = 0.05
    inbox = channel(settings(mail))
    sends = [inbox.send(outbound(message_id=number), 0) for number in range(10)]
    assert len(set(await asyncio.gather(*sends))) == 10


@pytest.mark.parametrize(
    ("subject", "sent"),
    [
        ("Printer on fire", "Re: Printer on fire"),
        ("Re: AW: RE[2]: Printer on fire", "Re: Printer on fire"),
        ("回复: 打印机", "Re: 打印机"),
        (None, "Re: Your message #1042"),
    ],
)
def test_a_subject_has_one_re(subject: str | None, sent: str) -> None:
    assert received(written(outbound(subject=subject))).subject == sent


def test_a_first_mail_of_ours_has_no_re() -> None:
    first = outbound(in_reply_to=None, references=())
    assert received(written(first)).subject == "Printer on fire"


def test_choices_are_a_numbered_list_with_links() -> None:
    choices = (
        Choice(label="Yes & no", value="y"),
        Choice(label="Rate us", value="r", url="https://desk.example/r/1"),
    )
    found = received(written(outbound(choices=choices)))
    assert "1. Yes & no\n2. Rate us: https://desk.example/r/1" in found.text.replace("\r", "")
    assert '<li><a href="https://desk.example/r/1">Rate us</a></li>' in found.html


def test_a_long_thread_keeps_its_root_and_its_last_twenty() -> None:
    ids = tuple(f"<{number}@example.com>" for number in range(50))
    kept = received(written(outbound(references=ids, in_reply_to=ids[-1]))).references.split()
    assert kept == [ids[0], *ids[-20:]]


def test_a_foreign_domain_goes_out_in_ascii() -> None:
    draft = render.draft(outbound(recipient="ada@bücher.example"), settings(), KIT.secret)
    assert draft.recipients == ("ada@xn--bcher-kva.example",)


@pytest.mark.parametrize("address", ["", "ada", "a@b@", "ada@ex ample.com", "a\r\nb@x.com"])
def test_what_is_no_address_is_undeliverable(address: str) -> None:
    with pytest.raises(Undeliverable):
        render.draft(outbound(recipient=address), settings(), KIT.secret)


anything = st.text(max_size=200)


@given(name=anything, subject=anything, to=anything, text=anything, answered=anything)
def test_nothing_written_in_a_message_makes_a_header(
    name: str, subject: str, to: str, text: str, answered: str
) -> None:
    raw = written(
        outbound(
            author=Author(kind=AuthorKind.AGENT, name=name),
            subject=subject + "\r\nBcc: evil@example.com",
            recipient_name=to + "\nX-Evil: 1",
            text=text,
            in_reply_to=f"<{answered}>\r\nX-Evil: 1",
        )
    )
    head = raw.partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] != b" "}
    assert names <= {
        *(b"Date", b"From", b"To", b"Subject", b"Message-ID", b"In-Reply-To", b"References"),
        *(b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding"),
    }
    assert all(len(line) <= 998 and line.isascii() for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


@given(subject=st.text(min_size=1, max_size=100), name=st.text(max_size=60))
def test_what_we_write_is_read_back_by_others(subject: str, name: str) -> None:
    author = Author(kind=AuthorKind.AGENT, name=name)
    raw = written(outbound(subject=subject, author=author), name="")
    wanted = render.subject_of(outbound(subject=subject), settings())
    read = message_from_bytes(raw, policy=policy.default)
    assert str(read["Subject"]).split() == wanted.split()
    assert read["Date"].datetime.astimezone(UTC) == AT
