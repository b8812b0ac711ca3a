"""The session request: what a page that embeds the widget asks first."""

import asyncio
import time
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from aiohttp import web

from channels.chat.config import EMOJI, FRAME_BYTES, HISTORY, TEXT_LIMIT, ChatSettings
from channels.chat.fitting import keys
from channels.chat.forms import Forms
from channels.chat.greetings import greetings
from channels.chat.identity import Person, named_person, signed_person
from channels.chat.puzzles import Gate
from channels.chat.render import line_frame
from channels.chat.transcripts import transcript
from channels.chat.visitors import Session, SessionAsked, Visitors, told
from desk.kit.errors import Forbidden, Invalid, NotSignedIn, TooOften
from desk.kit.locales import language_of
from desk.kit.meter import RateLimit
from desk.kit.text import shorten
from desk.ports.channel import ChannelKit, Door, TranscriptLine


class Pages:
    """Begins and resumes sessions, and says what the conversation holds."""

    def __init__(self, door: Door, settings: ChatSettings, kit: ChannelKit, *, inbox: str) -> None:
        self._clock = kit.clock
        self._help = f"{kit.public_url}/help/"
        self._door = door
        self._settings = settings
        self._visitors = Visitors(door, signed_only=settings.require_identity)
        self._forms = Forms(door, self._visitors, settings)
        self._gate = Gate(kit.secret, inbox, settings.sessions_per_minute)
        self._resumed = RateLimit(1, 60)

    async def open(self, request: web.Request) -> dict[str, Any]:
        """Return the token, the cursor and the last messages: they replace what the page had.

        A token that is no longer good begins a new visit; so does that of a signed visitor on a
        page that does not name him, and there it ends.

        Raises:
            TooOften: too many new visitors from one address, or one page asks over and over.
        """
        asked = await _asked(request)
        person = await self._person(asked)
        session = await self._visitors.resume(asked.token)
        if session:
            _hold(self._resumed, person.sub if person else session.visitor.sub or session.key)
        else:
            now, now_s = self._clock.now(), time.monotonic()
            self._gate.admit(request.remote or "", asked.solution, now, now_s)
        if session and session.is_open_to(person):
            token, session = asked.token or "", told(session, asked)
        else:
            if session:  # whoever is here now sees nothing of the one before
                await self._visitors.leave(session)
            token, session = await self._visitors.begin(asked)
        if person:
            session = await self._visitors.of_person(session, person)
        lines = await self._newest(session)
        if lines:
            session = session.changed(known=lines[-1].seq)
        await self._visitors.update(session)
        language = language_of(asked.lang)
        own = {
            "words": self._settings.words.get(language or "", {}),
            **greetings(self._settings, language),
        }
        outlook = await self._door.outlook(session.conversation)
        asked_first = {"form": self._forms.shown(session, outlook), "outlook": outlook}
        return {"token": token, **own, **asked_first, **self._snapshot(session, lines)}

    async def transcript(self, session: Session, you: str) -> web.Response:
        """Return the whole conversation as a text file, in the visitor's own time."""
        lines: list[TranscriptLine] = []
        while more := await self._door.transcript(session.conversation, len(lines)):
            lines += more
        visitor = session.visitor
        title = greetings(self._settings, language_of(visitor.language))["title"]
        zone = await asyncio.to_thread(_zone, visitor.zone)
        return web.Response(
            text=transcript(title, lines, zone, shorten(you, 40) or "You"),
            headers={
                "Content-Disposition": 'attachment; filename="chat.txt"',
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _person(self, asked: SessionAsked) -> Person | None:
        """Return whom the site says the visitor is. Raises Forbidden, NotSignedIn."""
        if not asked.jwt and not asked.user:
            if self._settings.require_identity:
                raise NotSignedIn("Sign in to write to us.")
            return None
        try:
            secret, public_key = await asyncio.to_thread(keys, self._settings)
        except Invalid as missing:  # which file or variable it is, is nobody's business outside
            raise Forbidden("The key of this inbox cannot be read.") from missing
        if asked.jwt:
            return signed_person(asked.jwt, secret, public_key, now=self._clock.now())
        return named_person(asked.user, secret) if asked.user else None

    def _snapshot(self, session: Session, lines: list[TranscriptLine]) -> dict[str, Any]:
        messages = [line_frame(session.conversation, line) for line in lines]
        ours = (m["seq"] for m in messages if m["t"] == "msg" and not m.get("me"))
        unread = sum(seq > session.read for seq in ours)
        return {
            "cursor": lines[-1].seq if lines else 0,
            "conversation": session.conversation,
            "messages": messages,
            "read": session.read,
            "help": self._help,
            "has_address": bool(session.visitor.email),
            "unread": unread,
            "text_limit": TEXT_LIMIT,
            "emoji": EMOJI,
            "file_bytes": self._settings.file_bytes,
            "file_types": self._settings.file_types,
        }

    async def _newest(self, session: Session) -> list[TranscriptLine]:
        """Return the last lines, found from one that is known to exist."""
        newest: list[TranscriptLine] = []
        after = max(0, session.known - HISTORY)
        while lines := await self._door.transcript(session.conversation, after):
            newest = [*newest, *lines][-HISTORY:]
            after = lines[-1].seq
        return newest


async def _asked(request: web.Request) -> SessionAsked:
    body = await request.read()
    if len(body) > FRAME_BYTES:
        raise Invalid("This request is too large.")
    try:
        return msgspec.json.decode(body or b"{}", type=SessionAsked)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as wrong:
        raise Invalid(f"This is not a session request: {wrong}") from wrong


def _hold(limit: RateLimit, key: str) -> None:
    wait_s = limit.wait_s(key, time.monotonic())
    if wait_s:
        raise TooOften("Too many chats were begun from here. Try again in a minute.", wait_s)


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
