"""Sign-in by OAuth: an inbox's access tokens, refreshed in time; what is kept is encrypted."""

import asyncio
import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from msgspec import Struct

from channels.email.config import OAuthSettings, Provider
from channels.email.oauth_wire import Refused, ask
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBroken, ChannelBusy, Invalid
from desk.kit.ids import hash_token, keys_of, new_token, sign
from desk.kit.secrets import reveal
from desk.ports.channel import Door

_Kept = TypeVar("_Kept", bound=Struct)

_EARLY = timedelta(minutes=5)  # a token is renewed this long before it runs out
_CONSENT = timedelta(minutes=15)  # how long an admin has to say yes at the provider
_GRANT, _ASKED = "oauth", "oauth.asked"  # the names under which the inbox keeps its own state


class Grant(Struct, frozen=True, kw_only=True):
    """What the provider gave: kept encrypted."""

    refresh_token: str = ""
    access_token: str = ""
    expires_at: datetime
    refused: bool = False  # the provider takes it no more: an admin has to connect anew


class Asked(Struct, frozen=True, kw_only=True):
    """A consent under way: it is answered once."""

    state_hash: str
    verifier: str
    until: datetime


class Account(Struct, frozen=True, kw_only=True):
    """Who signs in where: the settings, the address behind it, where the provider answers to."""

    settings: OAuthSettings
    login: str
    redirect_url: str
    secret: str
    inbox: str


class Tokens:
    """The access tokens of one inbox; one process at a time renews them."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self._door: Door | None = None
        self._grant: Grant | None = None
        self._lock = asyncio.Lock()
        self._granted = asyncio.Event()
        made = [sign(key, "email.oauth-key", account.inbox, 64) for key in keys_of(account.secret)]
        boxes = [Fernet(base64.urlsafe_b64encode(bytes.fromhex(one))) for one in made]
        self._box = MultiFernet(boxes)

    def open(self, door: Door) -> None:
        """Keep tokens behind `door` from now on."""
        self._door = door

    def close(self) -> None:
        """Give no more tokens."""
        self._door = None

    async def access(self, *, refused: str = "") -> str:
        """Return an access token good for five minutes more, another one than `refused`.

        Raises:
            ChannelBroken: the account is not connected, or no more: an admin has to do it.
            ChannelBusy: the provider cannot be asked now.
        """
        async with self._lock:
            if self._holds(self._grant, refused):
                return self._token
            async with self._at_door.owning(_GRANT):
                self._grant = await self._load()  # another process may have been here
                if not self._holds(self._grant, refused):
                    await self._keep(await self._renewed(self._grant))
                return self._token

    async def consent_url(self) -> str:
        """Return where an admin allows us to read and send; works once, for 15 minutes."""
        state, verifier = new_token(), new_token()
        until = self._clock.now() + _CONSENT
        asked = Asked(state_hash=hash_token(state), verifier=verifier, until=until)
        await self._at_door.save(_ASKED, self._sealed(asked))
        settings = self._account.settings
        query = {
            "client_id": settings.client_id,
            "redirect_uri": self._account.redirect_url,
            "response_type": "code",
            "scope": settings.scopes,
            "state": state,
            "login_hint": self._account.login,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
            "access_type": "offline",  # Google gives a refresh token only when asked like this
            "prompt": "consent",
        }
        return f"{settings.consent_at}?{urlencode(query)}"

    async def connect(self, code: str, state: str) -> None:
        """Take the provider's answer to a consent.

        Raises:
            Invalid: nobody asked for it, or too long ago; the provider refuses it.
            ChannelBusy: the provider cannot be asked now.
        """
        saved = await self._at_door.load(_ASKED)
        asked = self._opened(saved, Asked)
        if asked is None or asked.state_hash != hash_token(state):
            raise Invalid("Nobody here asked for this. Begin again at Inboxes.")
        await self._at_door.save(_ASKED, None)
        if asked.until < self._clock.now():
            raise Invalid("That took longer than 15 minutes. Begin again at Inboxes.")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._account.redirect_url,
            "code_verifier": asked.verifier,
        }
        try:
            told = await self._ask(form)
        except Refused as refused:
            raise Invalid(f"The provider refuses the consent: {refused.reason}") from refused
        await self._keep(self._granted_by(told, ""))
        self._granted.set()

    async def until_connected(self, longest_s: float) -> None:
        """Return when an admin has connected the account, at the latest after `longest_s`."""
        try:
            async with asyncio.timeout(longest_s):
                await self._granted.wait()
        except TimeoutError:
            return
        self._granted.clear()

    @property
    def _at_door(self) -> Door:
        if self._door is None:
            raise ChannelBusy("The inbox is not running.", 5)
        return self._door

    @property
    def _token(self) -> str:
        return self._grant.access_token if self._grant is not None else ""

    def _holds(self, grant: Grant | None, refused: str) -> bool:
        return (
            grant is not None
            and not grant.refused
            and bool(grant.access_token)
            and grant.access_token != refused
            and grant.expires_at - _EARLY > self._clock.now()
        )

    async def _renewed(self, grant: Grant | None) -> Grant:
        form = {"grant_type": "client_credentials", "scope": self._account.settings.scopes}
        if not self._account.settings.app_only:
            if grant is None or grant.refused:
                raise ChannelBroken(self._not_connected)
            form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        try:
            told = await self._ask(form)
        except Refused as refused:
            if grant is not None and not self._account.settings.app_only:
                await self._keep(msgspec.structs.replace(grant, refused=True))
            raise ChannelBroken(f"{self._not_connected} ({refused.reason})") from refused
        return self._granted_by(told, grant.refresh_token if grant is not None else "")

    @property
    def _not_connected(self) -> str:
        if self._account.settings.app_only:
            return f"The provider gives no token for {self._account.login}."
        return f"{self._account.login} is not connected: an admin connects it at Inboxes."

    async def _ask(self, form: dict[str, str]) -> dict[str, Any]:
        settings = self._account.settings
        form = {**form, "client_id": settings.client_id}
        if settings.client_secret:
            form["client_secret"] = await asyncio.to_thread(reveal, settings.client_secret)
        return await ask(settings.tokens_at, form)

    def _granted_by(self, told: dict[str, Any], refresh_token: str) -> Grant:
        lasts_s = told.get("expires_in")
        lasts = timedelta(seconds=float(lasts_s) if isinstance(lasts_s, int | float) else 3600)
        return Grant(
            refresh_token=str(told.get("refresh_token") or refresh_token),  # some rotate, some not
            access_token=str(told["access_token"]),
            expires_at=self._clock.now() + lasts,
        )

    async def _keep(self, grant: Grant) -> None:
        await self._at_door.save(_GRANT, self._sealed(grant))
        self._grant = grant

    async def _load(self) -> Grant | None:
        return self._opened(await self._at_door.load(_GRANT), Grant)

    def _sealed(self, kept: Struct) -> bytes:
        return self._box.encrypt(msgspec.json.encode(kept))

    def _opened(self, saved: bytes | None, kind: type[_Kept]) -> _Kept | None:
        if saved is None:
            return None
        try:
            return msgspec.json.decode(self._box.decrypt(saved), type=kind)
        except InvalidToken:  # the desk's secret is another one by now
            return None


def bearer(login: str, token: str) -> bytes:
    """Return what XOAUTH2 says first: https://developers.google.com/gmail/imap/xoauth2-protocol."""
    return f"user={login}\x01auth=Bearer {token}\x01\x01".encode()


def oauth_of(account: Account, clock: Clock) -> Tokens | None:
    """Return the tokens of an inbox that signs in by OAuth, None for one with a password."""
    return None if account.settings.provider is Provider.OFF else Tokens(account, clock)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
