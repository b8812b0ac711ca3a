"""The e-mail channel: mail in by IMAP, LMTP, SMTP or HTTP, out by SMTP."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import ClassVar

from msgspec import Struct

from channels.email import doctor, files, language, render, staff, trip
from channels.email.config import DoorProtocol, EmailSettings
from channels.email.consent import ConsentAnswer
from channels.email.envelope import Envelope
from channels.email.intake import arrival
from channels.email.large_files import LargeFiles
from channels.email.lmtp import MailListener
from channels.email.oauth import Account, oauth_of
from channels.email.parse import Reader, parse
from channels.email.post import MailPost
from channels.email.recipients import allowed
from channels.email.smtp import Submission
from channels.email.trip import Held
from channels.email.watch import Post, Watch, worst
from desk.kit.errors import ChannelBusy, Invalid, Undeliverable
from desk.ports.channel import (
    Capabilities,
    ChannelKit,
    Door,
    Finding,
    Health,
    HealthState,
    HttpDoor,
    Part,
    RenderPlan,
)
from desk.ports.inbound import Inbound
from desk.ports.messages import Attachment, OutboundFile, OutboundMessage, StaffLetter


class EmailChannel:
    """One e-mail inbox."""

    kind: ClassVar[str] = "email"
    Settings: ClassVar[type[Struct]] = EmailSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        text_limit=None,
        subject=True,
        threads=True,
        files_in_bytes=25 * 1024 * 1024,
        files_out_bytes=18 * 1024 * 1024,  # base64 makes this 25 MB
        choices=10,
        receipts=True,
        proactive=True,
        machines_write=True,
        copies=True,
        letters=True,
        original="eml",
        repeats_safely=True,  # the same Message-ID: mail programs show it once
        retry_s=(60, 300, 900, 3600, 14400),
        patience_hours=48,
        undo_s=15,
        slots=1.0,
    )

    def __init__(self, inbox: str, settings: EmailSettings, kit: ChannelKit) -> None:
        self.inbox = inbox
        self.settings = settings
        self._kit = kit
        self._reader = Reader(
            addresses=settings.addresses,
            secret=kit.secret,
            brand=settings.name,
            bounces_to=settings.bounces_to,
            server=settings.authserv_id,
            reply_to=settings.reply_to,
            trusted=settings.trusted_senders,
            lists_open_cases=settings.lists_open_cases,
            same_subject_s=settings.same_subject_hours * 3600,
            shares_copies=settings.shares_copies,
            most_files=settings.most_files,
            most_people=settings.most_people,
        )
        domain = settings.address.rpartition("@")[2] or "localhost"
        self.tokens = oauth_of(self._account, kit.clock)
        self._submission = Submission(settings.smtp, settings.address, domain, self.tokens)
        self._post = MailPost(settings, kit.clock)
        self._large = LargeFiles(inbox, settings, kit)
        self._door: Door | None = None
        self.listener: MailListener | None = None  # while running, when one is set

    def parse(self, raw: bytes) -> Sequence[Inbound]:
        """Return what a raw mail says. Raises Unreadable when it names no sender."""
        return parse(raw, self._reader)

    def plan(self, message: OutboundMessage) -> RenderPlan:
        """Return the one mail that `message` becomes."""
        draft = self._draft(message)
        subject = render.subject_of(message, self.settings)
        body = {"subject": subject, "text": draft.text, "to": list(draft.recipients)}
        return RenderPlan(parts=(Part(index=0, body=body, summary=subject),))

    async def send(self, message: OutboundMessage, part: int) -> str:
        """Send the mail and return its Message-ID; sent again it has the same one.

        A provider that gives the mail another one (SES, Exchange Online) is known by both.

        Raises:
            ChannelBusy: nothing was taken; try again.
            Uncertain: the mail server may have it.
            Undeliverable: refused for good.
            ChannelBroken: the mail server refuses this inbox.
        """
        draft = self._draft(message)
        to = allowed(draft.recipients, self.settings.only_to)
        if draft.recipients[0] not in to:
            raise Undeliverable("This inbox writes only to those in its settings (only_to).")
        raw = await self._written(draft, message)
        given = await self._submission.send(draft.sender, to, raw)
        return " ".join(filter(None, (f"<{draft.message_id}>", given)))

    async def tell_staff(self, letter: StaffLetter) -> None:
        """Mail a letter to an agent. Raises as `send` does."""
        one = staff.draft(letter, self.settings, self._kit.secret)
        to = allowed(one.recipients, self.settings.only_to)
        if not to:
            raise ChannelBusy("This inbox writes only to those in its settings (only_to).")
        raw = await asyncio.to_thread(staff.written, one, self._kit.clock.now())
        await self._submission.send(one.sender, to, raw)

    async def keep(self, message: OutboundMessage, part: int) -> str:
        """Store the mail as `send` hands it over, and return its blob. Raises as `send` does."""
        raw = await self._written(self._draft(message), message)
        return await self._running.blobs.put(raw)

    @asynccontextmanager
    async def _run(self, door: Door) -> AsyncIterator[None]:
        self._door = door
        door.report(Health(state=HealthState.STARTING))
        async with AsyncExitStack() as stack:
            loading = asyncio.create_task(
                asyncio.to_thread(language.load)
            )  # the mail need not wait
            stack.push_async_callback(asyncio.wait, [loading])
            if self.tokens is not None:
                self.tokens.open(door)
                stack.callback(self.tokens.close)
            self._post.open(self._take)
            stack.callback(self._post.close)
            self._large.blobs = door.blobs
            self._submission.connections.open()
            stack.push_async_callback(self._submission.connections.close)
            if self.settings.door.protocol is not DoorProtocol.OFF:
                self.listener = MailListener(self.settings, self._take_quietly)
                await stack.enter_async_context(self.listener.listen())
            for post in self._posts(door):
                watch = Watch(self.settings, post, self._kit, door, self.tokens)
                await stack.enter_async_context(watch.running())
            if not self.settings.imap.host:
                door.report(Health(state=HealthState.CONNECTED))
            yield
        self.listener = None
        self._door = None
        door.report(Health(state=HealthState.STOPPED))

    def run(self, door: Door) -> AbstractAsyncContextManager[None]:
        """Open the doors that are set; leaving the context waits for the mails being taken."""
        return self._run(door)

    async def check(self) -> list[Finding]:
        """Connect once to each server and say what is well. Never raises."""
        return await doctor.examine(self.settings, self._submission)

    async def round_trip(self, longest_s: float) -> Finding:
        """Send a mail to the inbox itself and wait until it is in its mailbox. Never raises."""
        return await trip.try_out(self.settings, self._submission, self._kit, longest_s)

    async def history(self) -> list[Held]:
        """Return what each folder that is read holds already. Raises Invalid, ChannelBroken."""
        return await asyncio.to_thread(trip.held, self.settings, self._kit.clock.now())

    async def fetch(self, raw: bytes, attachment: Attachment) -> bytes:
        """Return an attachment cut out of the raw mail. Raises Undeliverable when it has none."""
        content = await asyncio.to_thread(files.fetch, raw, attachment.ref)
        if content is None:
            raise Undeliverable("The mail has no such attachment.")
        return content

    def http_doors(self) -> Sequence[HttpDoor]:
        """Return the routes for relays that post, for large files, and for consents."""
        path = f"/inbound/email/{self.inbox}"
        large = self._large.door
        posted = HttpDoor(method="POST", path=path, handler=self._post.handle)
        if self.tokens is None or not self.needs_consent:
            return posted, large
        answer = ConsentAnswer(self.tokens, f"{self._kit.public_url}/inboxes")
        path = f"/oauth/email/{self.inbox}"
        return posted, large, HttpDoor(method="GET", path=path, handler=answer.handle)

    @property
    def needs_consent(self) -> bool:
        """Whether an admin connects the account at its provider."""
        return self.tokens is not None and not self.settings.oauth.app_only

    async def consent_url(self) -> str:
        """Return where an admin connects the account. Raises Invalid when that is not done here."""
        if self.tokens is None or not self.needs_consent:
            raise Invalid("This inbox is not connected in the browser.")
        return await self.tokens.consent_url()

    def _posts(self, door: Door) -> list[Post]:
        """Return the folders to read; the inbox is as well as the worst of them."""
        imap = self.settings.imap
        if not imap.host:
            return []
        healths: dict[str, Health] = {}

        def say(folder: str, health: Health) -> None:
            healths[folder] = health
            door.report(worst(healths))

        folders = dict.fromkeys((*imap.folders, *filter(None, (imap.sent_folder,))))
        return [
            Post(name, partial(say, name), is_sent=name == imap.sent_folder) for name in folders
        ]

    async def _files(self, attachments: Sequence[OutboundFile]) -> list[tuple[OutboundFile, bytes]]:
        if not attachments:
            return []
        return [(one, await self._running.blobs.get(one.blob)) for one in attachments]

    async def _written(self, draft: render.Draft, message: OutboundMessage) -> bytes:
        attached = await self._files(self._large.fitted(message).attachments)
        at = message.written_at or self._kit.clock.now()
        return await asyncio.to_thread(render.write, draft, attached, at)

    def _draft(self, message: OutboundMessage) -> render.Draft:
        return render.draft(self._large.fitted(message), self.settings, self._kit.secret)

    @property
    def _account(self) -> Account:
        return Account(
            settings=self.settings.oauth,
            login=self.settings.imap.login or self.settings.address,
            redirect_url=f"{self._kit.public_url}/oauth/email/{self.inbox}",
            secret=self._kit.secret,
            inbox=self.inbox,
        )

    @property
    def _running(self) -> Door:
        if self._door is None:
            raise ChannelBusy("The inbox is not running.", 5)
        return self._door

    async def _take(self, raw: bytes, envelope: Envelope | None) -> bool:
        door = self._running
        one = await asyncio.to_thread(arrival, raw, self._kit.secret, envelope)
        accepted = await door.accept([one])
        return accepted[0].fresh

    async def _take_quietly(self, raw: bytes, envelope: Envelope) -> None:
        await self._take(raw, envelope)
