"""The mail server in a box behaves as real ones do, read by clients we did not write."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import pytest
from imapclient import IMAPClient

from channels.sandbox.mail import MailSandbox

ADA, DESK = "ada@example.com", "support@acme.example"


@pytest.fixture
async def mail() -> AsyncIterator[MailSandbox]:
    async with MailSandbox() as sandbox:
        await sandbox.add_mailbox(ADA, "secret")
        await sandbox.add_mailbox(DESK, "secret")
        yield sandbox


async def test_a_mail_sent_is_found_in_the_mailbox(mail: MailSandbox) -> None:
    own_id = await mail.send(
        f"Ada Lovelace <{ADA}>",
        DESK,
        "Grüße",
        "It broke.",
        attachments=[("a.txt", "text/plain", b"x")],
    )
    found = await mail.wait_for(DESK)
    assert (found.message_id, found.subject, found.text.strip()) == (own_id, "Grüße", "It broke.")
    assert found.files == (("a.txt", "text/plain", b"x"),)
    assert found.headers["return-path"] == f"<{ADA}>"


async def test_an_answer_carries_the_references_on(mail: MailSandbox) -> None:
    await mail.deliver(b"Message-ID: <2@x>\r\nReferences: <1@x>\r\n\r\nhello\r\n", ADA)
    await mail.send(ADA, DESK, "Re: x", "thanks", in_reply_to="<2@x>")
    assert (await mail.wait_for(DESK)).references == "<1@x> <2@x>"


async def test_a_stranger_is_refused_and_a_tag_is_not(mail: MailSandbox) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await mail.send(ADA, "nobody@acme.example", "x", "y")
    await mail.send(ADA, "support+c1@acme.example", "x", "y")
    assert len(mail.mailbox(DESK)) == 1


async def test_idle_tells_of_new_mail_byte_for_byte(mail: MailSandbox) -> None:
    raw = b"Subject: =?x\r\n\r\n8-bit \xe9\x00 and no last line end"
    mail.faults.imap_life_s = 0

    def read() -> tuple[list[object], bytes]:
        client = IMAPClient(mail.host, mail.imap_port, ssl=False, timeout=5)
        try:
            client.login(DESK, "secret")
            client.select_folder("INBOX")
            client.idle()
            loop.call_soon_threadsafe(listening.set)
            _, heard = (client._poll_socket(client.socket(), 5), client.idle_done()[1])
            uids = client.search(["UID", "1:*"])
            return heard, client.fetch(uids, ["BODY.PEEK[]"])[uids[0]][b"BODY[]"]
        finally:
            client.shutdown()

    loop, listening = asyncio.get_running_loop(), asyncio.Event()
    reading = asyncio.create_task(asyncio.to_thread(read))
    await listening.wait()
    await mail.deliver(raw, DESK)
    heard, got = await reading
    assert (1, b"EXISTS") in heard
    assert got == raw
    assert await mail.flags(DESK) == [set()]


async def test_faults_are_said_as_told(mail: MailSandbox) -> None:
    message = EmailMessage()
    message["From"], message["To"] = ADA, DESK
    mail.faults.rcpt_answer = "451 4.7.1 Greylisted"
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await mail.submit(message.as_bytes(), ADA, DESK)
    mail.faults.rcpt_answer = ""
    mail.faults.drops_after_data = True
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await mail.submit(message.as_bytes(), ADA, DESK)
    assert len(mail.mailbox(DESK)) == 1
