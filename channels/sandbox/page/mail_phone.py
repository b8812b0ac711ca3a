"""The mail program: mailboxes with what came and what was sent, as conversations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from msgspec import Struct

from channels.sandbox.mail import MailSandbox, Received
from channels.sandbox.page.phones import PhoneFile, no_such, words
from desk.kit.clock import Clock
from desk.kit.errors import Invalid


class Account(Struct, frozen=True):
    """A mailbox in the program, with its owner's name."""

    name: str
    address: str


class Sent(Struct, frozen=True, kw_only=True):
    """A mail that left, as the Sent folder keeps it; `after` so many mails had come by then."""

    after: int
    id: str
    sender: str
    to: str
    subject: str
    text: str
    at: datetime
    references: tuple[str, ...] = ()


class MailPhone:
    """A mail program with several accounts; `to` is whom new mails are written to."""

    kind = "mail"

    def __init__(
        self, box: MailSandbox, accounts: Sequence[Account], *, to: str, clock: Clock
    ) -> None:
        self.owner = accounts[0].name
        self._box = box
        self._accounts = {account.address: account for account in accounts}
        self._to = to
        self._clock = clock
        self._sent: list[Sent] = []

    def shows(self) -> dict[str, Any]:
        """Return each account with its mails, oldest first; `thread` names a conversation."""
        accounts = [
            {"name": one.name, "address": one.address, "mails": self._mails(one.address)}
            for one in self._accounts.values()
        ]
        return {"accounts": accounts, "to": self._to}

    async def do(self, action: str, asked: Mapping[str, str]) -> None:
        """Write a new mail, or answer one. Raises Invalid."""
        if action != "write":
            raise no_such(action)
        account = self._accounts.get(asked.get("from", ""))
        if account is None:
            raise Invalid("There is no such mailbox.", pointer="/from")
        answered = next(
            (m for m in self._box.inbox_of(account.address) if m.message_id == asked.get("to")),
            None,
        )
        await self._send(account, asked, answered)

    async def send_file(self, file: PhoneFile) -> None:
        """Refuse: this mail program sends words."""
        raise no_such("send a file")

    def file(self, file_id: str) -> PhoneFile | None:
        """Return a file of a mail: `file_id` is the mail's id and the file's place in it."""
        message_id, _, place = file_id.rpartition("/")
        for account in self._accounts:
            for mail in self._box.inbox_of(account):
                if mail.message_id == message_id and place.isdecimal():
                    files = dict(enumerate(mail.files))
                    found = files.get(int(place))
                    return found and PhoneFile(name=found[0], mime=found[1], content=found[2])
        return None

    async def changed(self) -> None:
        """Return after the next mail."""
        await self._box.changed()

    async def _send(
        self, account: Account, asked: Mapping[str, str], answered: Received | None
    ) -> None:
        text = words(asked)
        subject = asked.get("subject", "").strip() or "(no subject)"
        whole = text
        references: tuple[str, ...] = ()
        if answered is not None:
            whole = f"{text}\n\n{_quoted(answered)}"
            subject = _answering(answered.subject)
            references = (*_ids(answered.references), answered.message_id)
        message_id = await self._box.send(
            f"{account.name} <{account.address}>",
            self._to,
            subject,
            whole,
            in_reply_to=answered.message_id if answered else None,
        )
        sent = Sent(
            after=len(self._box.mailbox(account.address)),
            id=message_id,
            sender=account.address,
            to=self._to,
            subject=subject,
            text=whole,
            at=self._clock.now(),
            references=references,
        )
        self._sent.append(sent)

    def _mails(self, address: str) -> list[dict[str, Any]]:
        """Return what came and what left, in the order it did: dates in mails are whole seconds."""
        mails = [(n, _came(mail)) for n, mail in enumerate(self._box.inbox_of(address), start=1)]
        mails += [(mail.after, _left(mail)) for mail in self._sent if mail.sender == address]
        return [mail for _, mail in sorted(mails, key=lambda one: one[0])]


def _came(mail: Received) -> dict[str, Any]:
    ids = (*_ids(mail.references), mail.in_reply_to, mail.message_id)
    files = [
        {"id": f"{mail.message_id}/{place}", "name": name, "mime": mime, "size_bytes": len(content)}
        for place, (name, mime, content) in enumerate(mail.files)
    ]
    return {
        "id": mail.message_id,
        "thread": next(one for one in ids if one),
        "mine": False,
        "name": mail.sender.partition(" <")[0].strip('"'),
        "subject": mail.subject,
        "text": mail.text.replace("\r\n", "\n").strip(),
        "at": _date(mail.headers.get("date", "")),
        "files": files,
    }


def _left(mail: Sent) -> dict[str, Any]:
    return {
        "id": mail.id,
        "thread": (*mail.references, mail.id)[0],
        "mine": True,
        "name": "",
        "subject": mail.subject,
        "text": mail.text,
        "at": mail.at.isoformat(),
        "files": [],
    }


def _ids(references: str) -> tuple[str, ...]:
    return tuple(references.split())


def _date(text: str) -> str:
    try:
        return parsedate_to_datetime(text).isoformat()
    except ValueError:
        return ""


def _answering(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _quoted(mail: Received) -> str:
    lines = mail.text.replace("\r\n", "\n").strip().split("\n")
    quoted = "\n".join(f"> {line}".rstrip() for line in lines)
    return f"On {mail.headers.get('date', '')}, {mail.sender} wrote:\n{quoted}"
