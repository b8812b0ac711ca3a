"""API tokens: shown once, kept as a hash, limited by scopes, revoked for good."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from desk.agents.rules import Scope
from desk.agents.sessions import Held
from desk.agents.tables import agents, api_tokens
from desk.events import log
from desk.events.actors import Actor
from desk.events.staff import ApiTokenCreated, ApiTokenRevoked
from desk.http.permissions import Role, Who
from desk.kit.errors import NotFound
from desk.kit.ids import hash_token, new_token
from desk.kit.text import one_line

PREFIX = "parley_"  # so that a leaked token is recognised for what it is


def create_token(
    c: Connection,
    agent_id: int,
    name: str,
    scopes: Collection[Scope],
    *,
    actor: Actor,
    now: datetime,
) -> tuple[int, str]:
    """Return the id and the text of a new token that acts for an agent."""
    token = PREFIX + new_token()
    kept = sorted({scope.value for scope in scopes})
    made = c.execute(
        insert(api_tokens)
        .values(
            agent_id=agent_id,
            name=one_line(name),
            token_hash=hash_token(token),
            scopes=kept,
            created_at=now,
        )
        .returning(api_tokens.c.id)
    )
    token_id = int(made.scalar_one())
    fact = ApiTokenCreated(agent_id=agent_id, token_id=token_id, scopes=tuple(kept))
    log.append(c, fact, now=now, actor=actor)
    return token_id, token


def revoke_token(
    c: Connection, agent_id: int, token_id: int, *, actor: Actor, now: datetime
) -> None:
    """End one of an agent's tokens.

    Raises:
        NotFound: the agent has no such token.
    """
    ended = c.execute(
        update(api_tokens)
        .where(
            api_tokens.c.id == token_id,
            api_tokens.c.agent_id == agent_id,
            api_tokens.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    if ended.rowcount == 0:
        raise NotFound("There is no such token.")
    log.append(c, ApiTokenRevoked(agent_id=agent_id, token_id=token_id), now=now, actor=actor)


def find_token(c: Connection, token_hash: str) -> Held | None:
    """Return for whom a token acts, or None when it is revoked or its agent has left."""
    row = c.execute(
        select(api_tokens, agents.c.name.label("agent_name"), agents.c.role)
        .join(agents, agents.c.id == api_tokens.c.agent_id)
        .where(
            api_tokens.c.token_hash == token_hash,
            api_tokens.c.revoked_at.is_(None),
            agents.c.active,
        )
    ).one_or_none()
    if row is None:
        return None
    return Held(
        Who(row.agent_id, row.agent_name, Role(row.role)),
        None,
        row.last_used_at or row.created_at,
        read_only=Scope.WRITE.value not in row.scopes,
    )


def touch_token(c: Connection, token_hash: str, *, now: datetime) -> None:
    """Write down that a token was used."""
    c.execute(
        update(api_tokens).where(api_tokens.c.token_hash == token_hash).values(last_used_at=now)
    )
