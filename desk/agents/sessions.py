"""Sessions: 256 random bits in a cookie, their SHA-256 in a row, ended by deleting the row."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from desk.agents import rules
from desk.agents.actions import set_presence
from desk.agents.rules import Presence
from desk.agents.tables import agents, sessions
from desk.events import actors, log
from desk.events.actors import Actor
from desk.events.staff import SessionRevoked, SignedIn
from desk.http.permissions import Role, Who
from desk.kit.errors import NotFound
from desk.kit.ids import hash_token, new_id, new_token


class Place(Struct, frozen=True):
    """Where a session is opened from, as the sessions list shows it."""

    ip: str
    browser: str


class Held(Struct, frozen=True):
    """A session or token that holds: for whom, until when, and when it was last written down."""

    who: Who
    expires_at: datetime | None
    seen_at: datetime
    read_only: bool = False


def open_session(c: Connection, agent_id: int, place: Place, *, now: datetime) -> str:
    """Open a session and return its token, which only the browser keeps."""
    token = new_token()
    c.execute(
        insert(sessions).values(
            token_hash=hash_token(token),
            public_id=new_id(),
            agent_id=agent_id,
            created_at=now,
            seen_at=now,
            expires_at=rules.session_expiry(now, now),
            ip=place.ip,
            browser=place.browser,
        )
    )
    fact = SignedIn(agent_id=agent_id, ip=place.ip)
    log.append(c, fact, now=now, actor=actors.agent(agent_id))
    return token


def find_session(c: Connection, token_hash: str, now: datetime) -> Held | None:
    """Return whose session it is, or None when it is gone, too old, or its agent has left."""
    row = c.execute(
        select(sessions.c.seen_at, sessions.c.expires_at, agents.c.id, agents.c.name, agents.c.role)
        .join(agents, agents.c.id == sessions.c.agent_id)
        .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now, agents.c.active)
    ).one_or_none()
    if row is None:
        return None
    return Held(Who(row.id, row.name, Role(row.role)), row.expires_at, row.seen_at)


def touch_session(c: Connection, token_hash: str, *, now: datetime) -> None:
    """Write down that a session is in use, and let it last from now on."""
    created_at = c.execute(
        select(sessions.c.created_at).where(sessions.c.token_hash == token_hash)
    ).scalar_one_or_none()
    if created_at is not None:
        c.execute(
            update(sessions)
            .where(sessions.c.token_hash == token_hash)
            .values(seen_at=now, expires_at=rules.session_expiry(created_at, now))
        )


def close_session(c: Connection, token_hash: str, *, actor: Actor, now: datetime) -> None:
    """Sign out: end a session; whose last one it was is offline, so that no work comes."""
    found = c.execute(
        select(sessions.c.agent_id, sessions.c.public_id).where(sessions.c.token_hash == token_hash)
    ).one_or_none()
    if found is not None:
        revoke_session(c, found.agent_id, found.public_id, actor=actor, now=now)


def revoke_session(
    c: Connection, agent_id: int, session_id: str, *, actor: Actor, now: datetime
) -> None:
    """End one of an agent's sessions.

    Raises:
        NotFound: the agent has no such session.
    """
    gone = c.execute(
        delete(sessions).where(sessions.c.agent_id == agent_id, sessions.c.public_id == session_id)
    )
    if gone.rowcount == 0:
        raise NotFound("There is no such session.")
    fact = SessionRevoked(agent_id=agent_id, session_id=session_id)
    log.append(c, fact, now=now, actor=actor)
    if not _has_session(c, agent_id, now):
        set_presence(c, agent_id, Presence.OFFLINE, "signed out", actor=actor, now=now)


def forget_old_sessions(c: Connection, *, now: datetime) -> int:
    """Remove sessions that have run out, and return how many; whose last it was is offline."""
    old = delete(sessions).where(sessions.c.expires_at <= now).returning(sessions.c.agent_id)
    ended = list(c.scalars(old))
    active = select(agents.c.id).where(agents.c.id.in_(set(ended)), agents.c.active)
    for agent_id in list(c.scalars(active.order_by(agents.c.id))):
        if not _has_session(c, agent_id, now):
            set_presence(c, agent_id, Presence.OFFLINE, "signed out", actor=actors.SYSTEM, now=now)
    return len(ended)


def _has_session(c: Connection, agent_id: int, now: datetime) -> bool:
    held = select(sessions.c.public_id).where(
        sessions.c.agent_id == agent_id, sessions.c.expires_at > now
    )
    return c.execute(held.limit(1)).first() is not None
