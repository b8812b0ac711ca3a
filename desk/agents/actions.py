"""Every write about agents and teams. Sessions, tokens and sign-in have files of their own."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from desk.agents import rules
from desk.agents.rules import Presence
from desk.agents.tables import (
    agents,
    api_tokens,
    sessions,
    sign_in_links,
    team_members,
    teams,
)
from desk.db.upsert import insert_new, insert_new_id
from desk.events import log
from desk.events.actors import Actor
from desk.events.staff import AgentChanged, AgentCreated, PresenceChanged, SignInLinkCreated
from desk.http.permissions import Role
from desk.kit.errors import Conflict, Invalid, NotFound
from desk.kit.ids import hash_token, new_id, new_token
from desk.kit.text import one_line


class AgentDraft(Struct, frozen=True, kw_only=True):
    """An agent to be created; `password_hash` comes from `Passwords.hash`, outside the unit."""

    email: str
    name: str
    role: Role = Role.AGENT
    password_hash: str | None = None
    capacity: float = 8.0
    languages: Sequence[str] = ("en",)
    skills: Sequence[str] = ()


def create_agent(c: Connection, draft: AgentDraft, *, actor: Actor, now: datetime) -> int:
    """Create an agent, offline, and return the id.

    Raises:
        Invalid: not an e-mail address, or no name.
        Conflict: somebody has this address.
    """
    if not one_line(draft.name):
        raise Invalid("An agent has a name, which customers see.", "/name")
    agent_id = insert_new_id(
        c,
        agents,
        {
            "public_id": new_id(),
            "email": rules.fold_email(draft.email),
            "name": one_line(draft.name),
            "password_hash": draft.password_hash,
            "role": draft.role.value,
            "active": True,
            "presence": Presence.OFFLINE.value,
            "presence_reason": "",
            "capacity": draft.capacity,
            "languages": list(draft.languages),
            "skills": list(draft.skills),
            "created_at": now,
        },
        ["email"],
    )
    if agent_id is None:
        raise Conflict(f"There is an agent with the address {draft.email} already.")
    fact = AgentCreated(agent_id=agent_id, name=draft.name, role=draft.role)
    log.append(c, fact, now=now, actor=actor)
    return agent_id


def set_abilities(
    c: Connection,
    agent_id: int,
    *,
    languages: Sequence[str],
    skills: Sequence[str],
    capacity: float,
    actor: Actor,
    now: datetime,
) -> None:
    """Say what an agent speaks and knows (`billing`, or `billing:1` for a little), and his room.

    Raises:
        NotFound: there is no such agent.
    """
    values = {"languages": list(languages), "skills": list(skills), "capacity": capacity}
    changed = update(agents).where(agents.c.id == agent_id).values(**values)
    if c.execute(changed).rowcount != 1:
        raise NotFound("There is no such agent.")
    log.append(c, AgentChanged(agent_id=agent_id, what="abilities"), now=now, actor=actor)


def set_presence(
    c: Connection,
    agent_id: int,
    presence: Presence,
    reason: str = "",
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Say whether an agent takes work; nothing is told when nothing changed.

    Raises:
        NotFound: no such active agent.
    """
    before = c.execute(
        select(agents.c.presence, agents.c.presence_reason).where(
            agents.c.id == agent_id, agents.c.active
        )
    ).one_or_none()
    if before is None:
        raise NotFound("There is no such agent.")
    if tuple(before) == (presence.value, reason):
        return
    _set(c, agent_id, presence=presence.value, presence_reason=reason)
    fact = PresenceChanged(agent_id=agent_id, presence=presence, reason=reason)
    log.append(c, fact, now=now, actor=actor)


def set_role(c: Connection, agent_id: int, role: Role, *, actor: Actor, now: datetime) -> None:
    """Give an agent another role; it holds from the next request on."""
    _set(c, agent_id, role=role.value)
    log.append(c, AgentChanged(agent_id=agent_id, what="role"), now=now, actor=actor)


def set_password(
    c: Connection, agent_id: int, password_hash: str, *, actor: Actor, now: datetime
) -> None:
    """Replace an agent's password and end all sessions: who knew the old one is out."""
    _set(c, agent_id, password_hash=password_hash)
    c.execute(delete(sessions).where(sessions.c.agent_id == agent_id))
    log.append(c, AgentChanged(agent_id=agent_id, what="password"), now=now, actor=actor)


def deactivate(c: Connection, agent_id: int, *, actor: Actor, now: datetime) -> None:
    """Close the desk to an agent: offline, sessions and tokens gone; the record stays."""
    set_presence(c, agent_id, Presence.OFFLINE, "deactivated", actor=actor, now=now)
    _set(c, agent_id, active=False)
    c.execute(delete(sessions).where(sessions.c.agent_id == agent_id))
    c.execute(
        update(api_tokens)
        .where(api_tokens.c.agent_id == agent_id, api_tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    log.append(c, AgentChanged(agent_id=agent_id, what="active"), now=now, actor=actor)


def note_assigned(c: Connection, agent_id: int, *, now: datetime) -> None:
    """Remember when an agent last got a case: ties in routing go to who waited longest."""
    _set(c, agent_id, last_assigned_at=now)


def create_team(c: Connection, name: str) -> int:
    """Return the id of the team called `name`, created if it was not there."""
    made = insert_new_id(c, teams, {"name": one_line(name)}, ["name"])
    if made is not None:
        return made
    return int(c.execute(select(teams.c.id).where(teams.c.name == one_line(name))).scalar_one())


def add_to_team(c: Connection, team_id: int, agent_id: int) -> None:
    """Make an agent a member of a team."""
    insert_new(c, team_members, {"team_id": team_id, "agent_id": agent_id}, ["team_id", "agent_id"])


def remove_from_team(c: Connection, team_id: int, agent_id: int) -> bool:
    """Take an agent out of a team; return whether he was in it."""
    gone = c.execute(
        delete(team_members).where(
            team_members.c.team_id == team_id, team_members.c.agent_id == agent_id
        )
    )
    return gone.rowcount > 0


def put_in_team(c: Connection, team_id: int, agent_id: int, *, actor: Actor, now: datetime) -> None:
    """Make an agent a member of a team, and tell it.

    Raises:
        NotFound: no such team, or no such active agent.
    """
    _check_team(c, team_id)
    who = select(agents.c.id).where(agents.c.id == agent_id, agents.c.active)
    if c.execute(who).first() is None:
        raise NotFound("There is no such agent.")
    add_to_team(c, team_id, agent_id)
    log.append(c, AgentChanged(agent_id=agent_id, what="teams"), now=now, actor=actor)


def take_out_of_team(
    c: Connection, team_id: int, agent_id: int, *, actor: Actor, now: datetime
) -> None:
    """Take a member out of a team, and tell it; nothing is told of who was none.

    Raises:
        NotFound: no such team.
    """
    _check_team(c, team_id)
    if remove_from_team(c, team_id, agent_id):
        log.append(c, AgentChanged(agent_id=agent_id, what="teams"), now=now, actor=actor)


def create_sign_in_link(
    c: Connection,
    agent_id: int,
    *,
    actor: Actor,
    now: datetime,
    lasts: timedelta = rules.LINK_LASTS,
) -> str:
    """Return the token of a link `/sign-in/link/TOKEN` that signs an agent in once.

    The link shows a page with one button: mail scanners that follow links do not use it up.
    """
    token = new_token()
    expires_at = now + lasts
    c.execute(
        insert(sign_in_links).values(
            token_hash=hash_token(token), agent_id=agent_id, created_at=now, expires_at=expires_at
        )
    )
    fact = SignInLinkCreated(agent_id=agent_id, expires_at=expires_at)
    log.append(c, fact, now=now, actor=actor)
    return token


def _check_team(c: Connection, team_id: int) -> None:
    if c.execute(select(teams.c.id).where(teams.c.id == team_id)).first() is None:
        raise NotFound("There is no such team.")


def _set(c: Connection, agent_id: int, **values: object) -> None:
    if c.execute(update(agents).where(agents.c.id == agent_id).values(**values)).rowcount == 0:
        raise NotFound("There is no such agent.")
