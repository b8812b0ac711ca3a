"""Who asks: the cookie or the bearer token of a request, turned into an agent."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web
from msgspec import Struct
from sqlalchemy import Connection

from desk.agents import rules
from desk.agents.sessions import Held, Place, find_session, touch_session
from desk.agents.tokens import find_token, touch_token
from desk.db.engine import Database
from desk.http.call import bearer
from desk.http.permissions import Who
from desk.http.replies import Cookie
from desk.kit.clock import Clock
from desk.kit.errors import Forbidden
from desk.kit.ids import hash_token

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_COOKIE_LASTS_S = 400 * 86_400  # the most browsers keep; when a session ends, the desk decides
_REMEMBERED_FOR = timedelta(seconds=10)
_REMEMBERED_MOST = 2_000


class _Known(Struct, frozen=True):
    held: Held
    at: datetime


class Doorkeeper:
    """Says who asks, remembering for ten seconds whom it has just looked up.

    A revocation is honoured at once in the process that made it and, through the event log
    (`forget`), in the others as soon as they read it; the ten seconds bound the worst case.
    """

    def __init__(self, db: Database, clock: Clock, *, secure: bool) -> None:
        self._db = db
        self._clock = clock
        self._secure = secure
        self._changes = 0
        self._known: OrderedDict[str, _Known] = OrderedDict()

    @property
    def cookie_name(self) -> str:
        """Return the session cookie's name: bound to this very host where there is https."""
        return "__Host-parley" if self._secure else "parley"

    def cookie(self, token: str) -> Cookie:
        """Return the cookie that carries a session; an empty `token` removes it."""
        return Cookie(self.cookie_name, token, _COOKIE_LASTS_S, self._secure)

    def session_hash(self, request: web.Request) -> str | None:
        """Return the hash of the session's token, None for programs and strangers."""
        token = request.cookies.get(self.cookie_name)
        return hash_token(token) if token and bearer(request) is None else None

    async def identify(self, request: web.Request) -> Who | None:
        """Return who asks; a bearer token, right or wrong, makes the cookie count for nothing.

        Raises:
            Forbidden: the token may only read.
        """
        token = bearer(request)
        if token is not None:
            held = await self._held(hash_token(token), find_token_at, touch_token)
            if held and held.read_only and request.method not in SAFE_METHODS:
                raise Forbidden("This token may only read.")
        else:
            session = self.session_hash(request)
            held = await self._held(session, find_session, touch_session) if session else None
        return held.who if held else None

    def forget(self, agent_id: int) -> None:
        """Look the agent up again at the next request: something about him has changed."""
        self._changes += 1
        for key in [k for k, known in self._known.items() if known.held.who.agent_id == agent_id]:
            del self._known[key]

    async def _held(
        self,
        key: str,
        find: Callable[[Connection, str, datetime], Held | None],
        touch: Callable[..., None],
    ) -> Held | None:
        now = self._clock.now()
        known = self._known.get(key)
        if known and now - known.at < _REMEMBERED_FOR and _lasts(known.held, now):
            return known.held
        changes = self._changes
        held = await self._db.read(find, key, now)
        if held is None:
            self._known.pop(key, None)
            return None
        if now - held.seen_at >= rules.SEEN_EVERY:
            await self._db.write(touch, key, now=now)
        if changes == self._changes:  # else somebody was signed out while we looked
            self._remember(key, _Known(held, now))
        return held

    def _remember(self, key: str, known: _Known) -> None:
        self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > _REMEMBERED_MOST:
            self._known.popitem(last=False)


DOORKEEPER: web.AppKey[Doorkeeper] = web.AppKey("doorkeeper", Doorkeeper)


def find_token_at(c: Connection, token_hash: str, now: datetime) -> Held | None:
    """Return for whom a token acts; tokens do not run out by themselves."""
    return find_token(c, token_hash)


def place_of(request: web.Request) -> Place:
    """Return where a request comes from."""
    return Place(
        request.remote or "unknown", rules.browser_of(request.headers.get("User-Agent", ""))
    )


def _lasts(held: Held, now: datetime) -> bool:
    return held.expires_at is None or held.expires_at > now
