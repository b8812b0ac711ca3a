"""The form before a chat: shown, taken, and asked of whoever tries to write without it."""

import time
from typing import Any

import msgspec
from aiohttp import web
from msgspec.structs import replace

from channels.chat import asking
from channels.chat.asking import Answers
from channels.chat.config import FRAME_BYTES, ChatSettings
from channels.chat.origins import bearer, json_response
from channels.chat.visitors import Session, Visitors
from desk.kit.errors import Invalid, TooOften
from desk.kit.locales import language_of
from desk.kit.meter import RateLimit
from desk.kit.text import shorten
from desk.ports.channel import Door
from desk.ports.outlook import Outlook


class Forms:
    """The form of one inbox, whichever holds now: an ordinary one, or that of a closed desk."""

    def __init__(self, door: Door, visitors: Visitors, settings: ChatSettings) -> None:
        self._door = door
        self._visitors = visitors
        self._settings = settings
        self._limit = RateLimit(0.5, 10)  # each of them a commit

    async def check_begun(self, session: Session) -> None:
        """Let nobody begin a chat who has not answered what is asked first. Raises Invalid."""
        if _is_due(session) and self.shown(session, await self._door.outlook()):
            raise Invalid("Answer the questions first.", "/form")

    def shown(self, session: Session, outlook: Outlook) -> dict[str, Any] | None:
        """Return the form that this visitor has to fill in now, or None."""
        if not _is_due(session):
            return None
        language = language_of(session.visitor.language) or ""
        away = _is_away(outlook)
        return asking.shown(self._settings, session.visitor, language, away=away)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take a form and return `wrong`: the problem of each field; taken when there is none.

        It is a plain answer either way: pages of others should not log an error for a typo.
        Raises Invalid, NotSignedIn, TooOften.
        """
        session = await self._visitors.signed_in(bearer(request))
        wait_s = self._limit.wait_s(session.key, time.monotonic())
        if wait_s:
            raise TooOften("That is a lot at once. Try again in a moment.", wait_s)
        answers = await _answers(request)
        away = _is_away(await self._door.outlook())
        language = language_of(session.visitor.language) or ""
        wrong = asking.problems(self._settings, answers, language, away=away)
        if wrong:
            return json_response({"wrong": wrong})
        known, old = asking.known(self._settings, answers, away=away), session.visitor
        visitor = replace(
            old,
            name=shorten(known["name"], 100) or old.name,
            email=known["email"] or old.email,
        )
        told = asking.told(self._settings, answers, language, away=away)
        subject = shorten(known["subject"], 200) or None
        await self._visitors.update(
            session.changed(visitor=visitor, formed=True, subject=subject, told=told)
        )
        return json_response({"wrong": {}, "has_address": bool(visitor.email)})


def _is_away(outlook: Outlook) -> bool:
    """Return whether nobody answers now, not even a bot."""
    return not (outlook.is_open or outlook.bot)


def _is_due(session: Session) -> bool:
    return not session.formed and session.known == 0


async def _answers(request: web.Request) -> Answers:
    body = await request.read()
    if len(body) > FRAME_BYTES:
        raise Invalid("This form is too large.")
    try:
        return msgspec.json.decode(body, type=Answers)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as wrong:
        raise Invalid(f"This is no form: {wrong}") from wrong
