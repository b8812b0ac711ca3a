"""Every read about agents: who they are, who takes work, their sessions and tokens."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, select

from desk.agents.rules import Presence, Scope
from desk.agents.tables import agents, api_tokens, sessions, team_members, teams
from desk.http.permissions import Role
from desk.kit.errors import NotFound


class AgentView(Struct, frozen=True, kw_only=True):
    """An agent as colleagues see him."""

    id: int
    public_id: str
    name: str
    email: str
    role: Role
    presence: Presence
    presence_reason: str
    capacity: float
    languages: list[str]
    skills: list[str]
    teams: list[str]
    active: bool = True


class AvailableAgent(Struct, frozen=True, kw_only=True):
    """An agent as routing sees him; `capacity` in points, before what he already has."""

    id: int
    name: str
    presence: Presence
    capacity: float
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    team_ids: frozenset[int]
    last_assigned_at: datetime | None


class SessionView(Struct, frozen=True, kw_only=True):
    """One open session, for the list from which it can be revoked."""

    id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ip: str
    browser: str
    current: bool = False


class TokenView(Struct, frozen=True, kw_only=True):
    """One API token; the token itself was shown once, when it was made."""

    id: int
    name: str
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None


class Member(Struct, frozen=True):
    """One active agent of a team."""

    id: int
    name: str
    email: str


class TeamView(Struct, frozen=True):
    """A team with those who are in it and have not left the desk."""

    id: int
    name: str
    members: list[Member]


def show_agent(c: Connection, agent_id: int) -> AgentView:
    """Return one agent.

    Raises:
        NotFound: no such agent.
    """
    row = c.execute(select(agents).where(agents.c.id == agent_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such agent.")
    return _views(c, [row])[0]


def list_agents(c: Connection, after_id: int = 0, limit: int = 200) -> list[AgentView]:
    """Return agents in the order they came, those who left included."""
    statement = select(agents).where(agents.c.id > after_id).order_by(agents.c.id).limit(limit)
    return _views(c, list(c.execute(statement)))


def list_teams(c: Connection) -> list[TeamView]:
    """Return every team with its active members, both by name."""
    statement = (
        select(team_members.c.team_id, agents.c.id, agents.c.name, agents.c.email)
        .join(agents, agents.c.id == team_members.c.agent_id)
        .where(agents.c.active)
        .order_by(agents.c.name, agents.c.id)
    )
    members: dict[int, list[Member]] = {}
    for team_id, agent_id, name, email in c.execute(statement):
        members.setdefault(team_id, []).append(Member(agent_id, name, email))
    found = c.execute(select(teams.c.id, teams.c.name).order_by(teams.c.name))
    return [TeamView(row.id, row.name, members.get(row.id, [])) for row in found]


def agent_id_of(c: Connection, email: str) -> int | None:
    """Return who has the folded address `email`, or None."""
    found: int | None = c.execute(
        select(agents.c.id).where(agents.c.email == email)
    ).scalar_one_or_none()
    return found


def names_of(c: Connection, agent_ids: Collection[int]) -> dict[int, str]:
    """Return names by id, for rows that show who has them."""
    if not agent_ids:
        return {}
    found = c.execute(select(agents.c.id, agents.c.name).where(agents.c.id.in_(agent_ids)))
    return {row.id: row.name for row in found}


def available(
    c: Connection,
    *,
    team_ids: Collection[int] | None = None,
    presences: Collection[Presence] = (Presence.ONLINE,),
) -> list[AvailableAgent]:
    """Return the active agents in `presences`, of any of `team_ids` (None: of every team or none).

    To explain who was not eligible, ask with all presences.
    """
    statement = select(agents).where(
        agents.c.active, agents.c.presence.in_([presence.value for presence in presences])
    )
    if team_ids is not None:
        members = select(team_members.c.agent_id).where(team_members.c.team_id.in_(team_ids))
        statement = statement.where(agents.c.id.in_(members))
    rows = list(c.execute(statement.order_by(agents.c.id)))
    memberships = _memberships(c, [row.id for row in rows])
    return [_available(row, memberships.get(row.id, {})) for row in rows]


def is_online(c: Connection, agent_id: int) -> bool:
    """Return whether an agent takes work now."""
    here = (agents.c.id == agent_id, agents.c.presence == Presence.ONLINE.value)
    return c.execute(select(agents.c.id).where(*here)).first() is not None


def list_sessions(
    c: Connection, agent_id: int, now: datetime, current_hash: str | None = None
) -> list[SessionView]:
    """Return an agent's open sessions, the last used first; `current_hash` marks the asker's."""
    statement = (
        select(sessions)
        .where(sessions.c.agent_id == agent_id, sessions.c.expires_at > now)
        .order_by(sessions.c.seen_at.desc())
    )
    return [
        SessionView(
            id=row.public_id,
            created_at=row.created_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
            ip=row.ip,
            browser=row.browser,
            current=row.token_hash == current_hash,
        )
        for row in c.execute(statement)
    ]


def list_tokens(c: Connection, agent_id: int) -> list[TokenView]:
    """Return an agent's API tokens that still work."""
    statement: Select[tuple[object, ...]] = (
        select(api_tokens)
        .where(api_tokens.c.agent_id == agent_id, api_tokens.c.revoked_at.is_(None))
        .order_by(api_tokens.c.id)
    )
    return [
        TokenView(
            id=row.id,
            name=row.name,
            scopes=[Scope(scope) for scope in row.scopes],
            created_at=row.created_at,
            last_used_at=row.last_used_at,
        )
        for row in c.execute(statement)
    ]


def _memberships(c: Connection, agent_ids: list[int]) -> dict[int, dict[int, str]]:
    """Return the teams of each agent: ids and names."""
    found: dict[int, dict[int, str]] = {}
    statement = (
        select(team_members.c.agent_id, teams.c.id, teams.c.name)
        .join(teams, teams.c.id == team_members.c.team_id)
        .where(team_members.c.agent_id.in_(agent_ids))
        .order_by(teams.c.name)
    )
    for agent_id, team_id, name in c.execute(statement):
        found.setdefault(agent_id, {})[team_id] = name
    return found


def _views(c: Connection, rows: list[Row[tuple[object, ...]]]) -> list[AgentView]:
    memberships = _memberships(c, [row.id for row in rows])
    return [
        AgentView(
            id=row.id,
            public_id=row.public_id,
            name=row.name,
            email=row.email,
            role=Role(row.role),
            presence=Presence(row.presence),
            presence_reason=row.presence_reason,
            capacity=row.capacity,
            languages=row.languages,
            skills=row.skills,
            teams=list(memberships.get(row.id, {}).values()),
            active=row.active,
        )
        for row in rows
    ]


def _available(row: Row[tuple[object, ...]], member_of: dict[int, str]) -> AvailableAgent:
    return AvailableAgent(
        id=row.id,
        name=row.name,
        presence=Presence(row.presence),
        capacity=row.capacity,
        languages=tuple(row.languages),
        skills=tuple(row.skills),
        team_ids=frozenset(member_of),
        last_assigned_at=row.last_assigned_at,
    )
