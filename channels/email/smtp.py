"""Mail out over SMTP: every failure said in our words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib
from aiosmtplib import errors

from channels.email.config import Security, SmtpSettings
from channels.email.oauth import Tokens
from channels.email.pace import Pace
from channels.email.pool import Pool, close
from channels.email.rewritten import given_id
from desk.kit.errors import ChannelBroken, ChannelBusy, Refusal, Uncertain, Undeliverable
from desk.kit.secrets import reveal

_SIGN_IN = (530, 534, 535, 538)


class Submission:
    """Sends through the server of one inbox. `domain` is what we say our name is."""

    def __init__(
        self, settings: SmtpSettings, address: str, domain: str, tokens: Tokens | None = None
    ) -> None:
        self._tokens = tokens
        self._settings = settings
        self._login = settings.login or address
        self._address = address
        self._domain = domain
        self._pace = Pace(settings.per_minute)
        self.connections = Pool(self._connected, settings.parallel)

    async def send(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> str | None:
        """Hand one mail over; the first recipient is the one it must reach.

        Returns the Message-ID the server gave it in place of ours, when it says so.

        Raises:
            ChannelBusy: nothing was taken; try again.
            Uncertain: the connection was lost while the mail was being taken.
            Undeliverable: refused for good.
            ChannelBroken: sign-in or sender refused; nothing will go out until it is mended.
        """
        await self._pace.turn()
        async with self.session() as client:
            await self._announce(client, sender, recipients, raw)
            try:
                answer = await client.data(raw)
            except errors.SMTPResponseException as refused:
                raise _translated(refused.code, refused.message, Refusal.CONTENT) from refused
            except (errors.SMTPServerDisconnected, errors.SMTPTimeoutError, OSError) as lost:
                raise Uncertain(
                    "The mail server went away while it took the mail; it may have it."
                ) from lost
        return given_id(self._settings.host, answer.message)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """Yield a connection that has signed in. Raises as `send` does, never Uncertain."""
        if not self._settings.host:
            raise ChannelBroken("No mail server is set for sending (smtp.host).")
        async with self.connections.lease() as client:
            yield client

    async def _connected(self) -> aiosmtplib.SMTP:
        client, is_open = self._client(), False
        try:
            await self._open(client)
            is_open = True
        finally:
            if not is_open:
                await close(client)
        return client

    def _client(self) -> aiosmtplib.SMTP:
        security = self._settings.security
        return aiosmtplib.SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            timeout=self._settings.timeout_s,
            use_tls=security is Security.TLS,
            start_tls=security is Security.STARTTLS,
            local_hostname=self._domain,  # without it the library asks DNS, blocking the loop
        )

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        host = f"{self._settings.host}:{self._settings.port}"
        try:
            await client.connect()
            await self._sign_in(client)
        except errors.SMTPResponseException as refused:
            if isinstance(refused, errors.SMTPAuthenticationError) and refused.code >= 500:
                raise ChannelBroken(
                    f"The mail server {host} refuses the sign-in: {refused.message}"
                ) from refused
            raise _translated(refused.code, refused.message, Refusal.CONTENT) from refused
        except errors.SMTPNotSupported as missing:
            raise ChannelBroken(f"The mail server {host} offers too little: {missing}") from missing
        except (errors.SMTPException, OSError) as trouble:
            raise ChannelBusy(f"The mail server {host} cannot be reached.") from trouble

    async def _sign_in(self, client: aiosmtplib.SMTP) -> None:
        if self._tokens is not None:
            token = await self._tokens.access()
            try:
                await client.auth_xoauth2(self._login, token)
            except errors.SMTPAuthenticationError as refused:
                if refused.code < 500:
                    raise
                token = await self._tokens.access(refused=token)  # it may have been withdrawn
                await client.auth_xoauth2(self._login, token)
        elif self._settings.password:
            password = await asyncio.to_thread(reveal, self._settings.password)
            await client.login(self._login, password)

    async def _announce(
        self, client: aiosmtplib.SMTP, sender: str, recipients: tuple[str, ...], raw: bytes
    ) -> None:
        unicode = not all(one.isascii() for one in (sender, *recipients))
        if unicode and not client.supports_extension("smtputf8"):
            raise Undeliverable(
                "The mail server cannot send to addresses with letters beyond ASCII.", Refusal.GONE
            )
        options = ["SMTPUTF8"] if unicode else []
        options += [f"SIZE={len(raw)}"] if client.supports_extension("size") else []
        encoding = "utf-8" if unicode else "ascii"
        try:
            await self._mail_from(client, sender, options, encoding)
            await client.rcpt(recipients[0], encoding=encoding)
            for copy in recipients[1:]:
                await _rcpt_copy(client, copy, encoding)
        except errors.SMTPSenderRefused as refused:
            raise _sender_refused(refused) from refused
        except errors.SMTPResponseException as refused:
            raise _translated(refused.code, refused.message, Refusal.GONE) from refused
        except (errors.SMTPException, OSError) as lost:
            raise ChannelBusy("The mail server went away.") from lost

    async def _mail_from(
        self, client: aiosmtplib.SMTP, sender: str, options: list[str], encoding: str
    ) -> None:
        try:
            await client.mail(sender, options=options, encoding=encoding)
        except errors.SMTPSenderRefused as refused:
            # Some providers take mail from the signed-in address only, not from the null path.
            if sender or refused.code < 500:
                raise
            await client.rset()
            await client.mail(self._address, options=options, encoding=encoding)


async def _rcpt_copy(client: aiosmtplib.SMTP, copy: str, encoding: str) -> None:
    """Name a further recipient; one who is refused for good does not stop the mail."""
    try:
        await client.rcpt(copy, encoding=encoding)
    except errors.SMTPRecipientRefused as refused:
        if refused.code < 500:
            raise


def _sender_refused(
    refused: errors.SMTPSenderRefused,
) -> ChannelBusy | ChannelBroken | Undeliverable:
    if refused.code in (552, 523) or refused.code < 500:
        return _translated(refused.code, refused.message, Refusal.CONTENT)
    return ChannelBroken(f"The mail server refuses the sender {refused.sender}: {refused.message}")


def _translated(
    code: int, text: str, refusal: Refusal
) -> ChannelBusy | ChannelBroken | Undeliverable:
    said = f"The mail server answered {code} {text}".strip()
    if code in _SIGN_IN:
        return ChannelBroken(said)
    if code >= 500:
        return Undeliverable(said, Refusal.CONTENT if code in (552, 554) else refusal)
    return ChannelBusy(said)
