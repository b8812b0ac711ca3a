"""Signing in: argon2id outside the units, attempts counted before they are checked, links."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar

from aiohttp import web
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct
from sqlalchemy import Connection, delete, select, update

from desk.agents import rules
from desk.agents.sessions import Place, open_session
from desk.agents.tables import agents, sign_in_failures, sign_in_links
from desk.db.engine import Database
from desk.db.upsert import put
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.staff import SignInRefused
from desk.kit.clock import Clock
from desk.kit.errors import Invalid, NotFound, NotSignedIn, TooOften
from desk.kit.ids import hash_token
from desk.kit.meter import RateLimit

T = TypeVar("T")

WRONG = "The address or the password is wrong."
GONE = "This link was used or is too old. Ask for a new one."

_WAITING_MOST = 20


class Passwords:
    """Hashes and checks passwords in at most two threads: each hash costs 64 MiB and 0.3 s."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Return the argon2id hash to store of `password`."""
        return await self._run(partial(self._hasher.hash, rules.check_password(password)))

    async def check(self, password: str, stored: str | None) -> bool:
        """Return whether `password` is the one `stored`; takes as long when there is none."""
        right = await self._run(partial(self._verify, password, stored))
        return right and stored is not None

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _verify(self, password: str, stored: str | None) -> bool:
        try:
            return self._hasher.verify(stored or self._stand_in(), password)
        except (VerificationError, InvalidHashError):
            return False

    def _stand_in(self) -> str:
        """Return a hash that takes as long to check as a real one, made when first needed."""
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody has this password")
        return self._nobody

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= _WAITING_MOST:
            raise TooOften("Too many people sign in at once.", retry_after_s=5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


class SignIn:
    """Lets an agent in, by password or by link."""

    def __init__(self, db: Database, clock: Clock, passwords: Passwords) -> None:
        self._db = db
        self._clock = clock
        self.passwords = passwords
        self._pace = RateLimit(per_s=1, burst=20)

    async def by_password(self, email: str, password: str, place: Place) -> str:
        """Return the token of a new session.

        Raises:
            NotSignedIn: the address or the password is wrong; which one is not said.
            TooOften: too many tries from there; `retry_after_s` says when again.
        """
        self._pace_of(place)
        try:
            folded = rules.fold_email(email)
        except Invalid as no_address:
            raise NotSignedIn(WRONG) from no_address
        attempt = await self._db.write(take_attempt, folded, place.ip, now=self._clock.now())
        right = await self.passwords.check(password, attempt.password_hash)
        if attempt.agent_id is None or not right:
            await self._db.write(note_refusal, folded, place.ip, now=self._clock.now())
            raise NotSignedIn(WRONG)
        return await self._db.write(enter, attempt.agent_id, folded, place, now=self._clock.now())

    async def by_link(self, token: str, place: Place) -> str:
        """Use a sign-in link up and return the token of a new session.

        Raises:
            NotFound: used, too old, or never made.
        """
        self._pace_of(place)
        return await self._db.write(use_link, hash_token(token), place, now=self._clock.now())

    def _pace_of(self, place: Place) -> None:
        wait_s = self._pace.wait_s(rules.network_of(place.ip), asyncio.get_running_loop().time())
        if wait_s:
            raise TooOften("Too many tries from here.", retry_after_s=wait_s)


class Attempt(Struct, frozen=True):
    """What a sign-in attempt is checked against."""

    agent_id: int | None
    password_hash: str | None


SIGN_IN: web.AppKey[SignIn] = web.AppKey("sign_in", SignIn)


def take_attempt(c: Connection, email: str, ip: str, *, now: datetime) -> Attempt:
    """Count one attempt as failed until proven right, and return what to check it against.

    Counting comes first: a hundred guesses sent at once are a hundred attempts.

    Raises:
        TooOften: the door is locked for this address from there.
    """
    for kind, key in rules.failure_keys(email, ip).items():
        _count(c, kind, key, now)
    row = c.execute(
        select(agents.c.id, agents.c.password_hash).where(agents.c.email == email, agents.c.active)
    ).one_or_none()
    return Attempt(row.id, row.password_hash) if row else Attempt(None, None)


def note_refusal(c: Connection, email: str, ip: str, *, now: datetime) -> None:
    """Tell of a wrong password."""
    log.append(c, SignInRefused(email=email, ip=ip, reason="wrong"), now=now, actor=SYSTEM)


def enter(c: Connection, agent_id: int, email: str, place: Place, *, now: datetime) -> str:
    """Take the attempt back from the failures and return the token of a new session."""
    keys = rules.failure_keys(email, place.ip)
    c.execute(delete(sign_in_failures).where(sign_in_failures.c.key == keys.pop("pair")))
    c.execute(
        update(sign_in_failures)
        .where(sign_in_failures.c.key.in_(keys.values()), sign_in_failures.c.failures > 0)
        .values(failures=sign_in_failures.c.failures - 1, locked_until=None)
    )
    return open_session(c, agent_id, place, now=now)


def use_link(c: Connection, token_hash: str, place: Place, *, now: datetime) -> str:
    """Use up a link and return the token of a new session.

    Raises:
        NotFound: used, too old, or never made.
    """
    link = sign_in_links.c
    agent_id = c.execute(
        update(sign_in_links)
        .where(link.token_hash == token_hash, link.used_at.is_(None), link.expires_at > now)
        .values(used_at=now)
        .returning(link.agent_id)
    ).scalar_one_or_none()
    active = select(agents.c.id).where(agents.c.id == agent_id, agents.c.active)
    if agent_id is None or c.execute(active).one_or_none() is None:
        raise NotFound(GONE)
    return open_session(c, agent_id, place, now=now)


def find_link(c: Connection, token_hash: str, now: datetime) -> str:
    """Return the name of the agent whom a link would sign in.

    Raises:
        NotFound: used, too old, or never made.
    """
    link = sign_in_links.c
    name: str | None = c.execute(
        select(agents.c.name)
        .join(sign_in_links, link.agent_id == agents.c.id)
        .where(link.token_hash == token_hash, link.used_at.is_(None), link.expires_at > now)
        .where(agents.c.active)
    ).scalar_one_or_none()
    if name is None:
        raise NotFound(GONE)
    return name


def forget_old_attempts(c: Connection, *, now: datetime) -> None:
    """Remove failures and links that no longer matter."""
    forgotten = now - rules.FAILURES_FORGOTTEN - rules.LOCK_LONGEST
    c.execute(delete(sign_in_failures).where(sign_in_failures.c.last_at < forgotten))
    c.execute(delete(sign_in_links).where(sign_in_links.c.expires_at < forgotten))


def _count(c: Connection, kind: str, key: str, now: datetime) -> None:
    found = c.execute(
        select(sign_in_failures).where(sign_in_failures.c.key == key).with_for_update()
    ).one_or_none()
    if found and found.locked_until and found.locked_until > now:
        wait_s = (found.locked_until - now).total_seconds()
        raise TooOften("Too many wrong tries. Wait and try again.", retry_after_s=wait_s)
    fresh = found is None or now - found.last_at > rules.FAILURES_FORGOTTEN
    count = 1 if found is None or fresh else found.failures + 1
    lock = rules.locked_for(kind, count)
    values = {
        "key": key,
        "failures": count,
        "last_at": now,
        "locked_until": now + lock if lock else None,
    }
    put(c, sign_in_failures, values, ["key"])
