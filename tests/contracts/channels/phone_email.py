"""A customer's mail program, for the contracts."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from channels.sandbox.mail import MailSandbox, Received
from tests.contracts.channels.phones import File, Phone, Refusal, Seen

_ANSWERS = {
    Refusal.LATER: "451 4.3.0 Try again later",
    Refusal.GONE: "550 5.1.1 User unknown",
    Refusal.CONTENT: "554 5.6.0 Message content rejected",
    Refusal.BROKEN: "530 5.7.0 Authentication required",
}

_NEW_KIND = "Content-Type: x-brand/new; charset=nope\r\nX-New: 1\r\n\r\n\x00\x01\r\n"
_RECEIPT = """From: {me}
To: help@desk.example
Subject: Read: A question
Message-ID: <receipt-of-{me}>
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;{me}
Original-Message-ID: {of}
Disposition: manual-action/MDN-sent-manually; displayed
--b--
"""


class MailPhone(Phone):
    """One mail account in the sandbox; letters go to `desk`."""

    def __init__(self, box: MailSandbox, number: int, desk: str) -> None:
        self.address = f"ada-{number}@example.org"
        self._box = box
        self._desk = desk

    async def __aenter__(self) -> Self:
        await self._box.add_mailbox(self.address, "pass")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to switch off."""

    async def write(self, text: str, files: Sequence[File] = (), answering: str = "") -> str:
        subject = "Re: A question" if answering else "A question"
        return await self._box.send(
            f"{self.name} <{self.address}>",
            self._desk,
            subject,
            text,
            in_reply_to=answering or None,
            attachments=[(file.name, file.mime, file.content) for file in files],
        )

    async def again(self) -> None:
        await self._box.deliver(self._box.mailbox(self._desk)[-1], self._desk)

    async def alter(self, text: str) -> None:
        raw = self._box.mailbox(self._desk)[-1]
        head, _, _ = raw.partition(b"\r\n\r\n")
        await self._box.deliver(head + b"\r\n\r\n" + text.encode() + b"\r\n", self._desk)

    async def swapped(self, first: str, second: str) -> tuple[str, str]:
        asked, added = f"<1-{self.address}>", f"<2-{self.address}>"
        head = f"From: {self.address}\r\nTo: {self._desk}\r\nSubject: A question\r\n"
        before = f"{head}Message-ID: {asked}\r\n\r\n{first}\r\n"
        after = f"{head}Message-ID: {added}\r\nIn-Reply-To: {asked}\r\n\r\n{second}\r\n"
        for raw in (after, before):
            await self._box.deliver(raw.encode(), self._desk)
        return asked, added

    async def poison(self) -> None:
        await self._box.deliver(b"From: nobody\r\nSubject: x\r\n\r\nhello\r\n", self._desk)

    async def echo(self) -> None:
        await self._box.deliver(self._box.mailbox(self.address)[-1], self._desk)

    async def automatic(self, text: str) -> str:
        own_id = f"<away-{self.address}>"
        head = f"From: {self.address}\r\nMessage-ID: {own_id}\r\nAuto-Submitted: auto-replied\r\n"
        await self._box.deliver(f"{head}\r\n{text}\r\n".encode(), self._desk)
        return own_id

    async def unknown(self) -> None:
        raw = f"From: {self.address}\r\nMessage-ID: <new-{self.address}>\r\n{_NEW_KIND}".encode()
        await self._box.deliver(raw, self._desk)

    async def seen(self) -> list[Seen]:
        return [_seen(mail) for mail in self._mails()]

    async def stirred(self) -> None:
        await self._box.changed()

    async def read(self, seen: Seen) -> None:
        await self._box.submit(
            _RECEIPT.format(me=self.address, of=seen.id).encode(), self.address, self._desk
        )

    @asynccontextmanager
    async def refusing(self, refusal: Refusal, times: int = 1) -> AsyncIterator[None]:
        faults = self._box.faults
        match refusal:
            case Refusal.UNSURE:
                faults.drops_after_data = True
            case Refusal.GONE:
                faults.rcpt_answer = _ANSWERS[refusal]
            case Refusal.BROKEN:
                faults.mail_answer = _ANSWERS[refusal]
            case _:
                faults.data_answer, faults.data_times = _ANSWERS[refusal], times
        try:
            yield
        finally:
            faults.drops_after_data = False
            faults.rcpt_answer = faults.mail_answer = faults.data_answer = ""

    def _mails(self) -> list[Received]:
        unique = {mail.message_id: mail for mail in self._box.inbox_of(self.address)}
        return list(unique.values())  # mail programs show the same Message-ID once


def _seen(mail: Received) -> Seen:
    return Seen(
        id=mail.message_id,
        text=mail.text.replace("\r\n", "\n"),
        bold=tuple(re.findall(r"<(?:strong|b)\b[^>]*>(.*?)</", mail.html)),
        links=tuple(re.findall(r'href="([^"]+)"', mail.html)),
        files=tuple(File(name, content, mime) for name, mime, content in mail.files),
        answers=mail.in_reply_to,
        author=mail.sender,
    )
