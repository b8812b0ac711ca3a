"""Agents from the command line: adding one, and a link for one who cannot sign in."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.config import Config
from desk.agents import actions, queries, rules
from desk.agents.actions import AgentDraft
from desk.agents.sign_in import Passwords
from desk.db.migrate import migrate
from desk.db.open import open_database
from desk.events.actors import SYSTEM
from desk.http.permissions import Role
from desk.kit.clock import SystemClock
from desk.kit.errors import Invalid, NotFound
from desk.kit.text import one_line


async def add_agent(
    config: Config,
    *,
    email: str,
    name: str,
    role: str,
    password: str,
    languages: Sequence[str] = (),
    skills: Sequence[str] = (),
) -> int:
    """Create an agent and return the id. Raises Invalid, Conflict, DeskError."""
    await asyncio.to_thread(migrate, config.storage.url)
    passwords = Passwords()
    draft = AgentDraft(
        email=email,
        name=name,
        role=Role(role),
        password_hash=await passwords.hash(password),
        languages=tuple(languages) or (config.language,),
        skills=tuple(skills),
    )
    passwords.close()
    db = open_database(config.storage.url)
    try:
        return await db.write(actions.create_agent, draft, actor=SYSTEM, now=SystemClock().now())
    finally:
        await db.close()


async def join_teams(config: Config, *, email: str, teams: Sequence[str]) -> bool:
    """Put the agent with this address into teams; return whether there is one. Raises Invalid."""
    named = _named(config, teams)
    await asyncio.to_thread(migrate, config.storage.url)
    db = open_database(config.storage.url)
    try:
        agent_id = await db.read(queries.agent_id_of, rules.fold_email(email))
        if agent_id is not None:
            await db.write(_join, agent_id, named, now=SystemClock().now())
    finally:
        await db.close()
    return agent_id is not None


def _named(config: Config, wanted: Sequence[str]) -> list[str]:
    """Return these teams. Raises Invalid for one that serves no queue."""
    known = sorted({one_line(name) for queue in config.queues.values() for name in queue.teams})
    for name in wanted:
        if one_line(name) not in known:
            there = f"Teams of queues: {', '.join(known)}." if known else "No queue names a team."
            raise Invalid(f"There is no team called {name}. {there} Name it in queues.….teams.")
    return [one_line(name) for name in wanted]


def _join(c: Connection, agent_id: int, teams: Sequence[str], *, now: datetime) -> None:
    for name in teams:
        actions.put_in_team(c, actions.create_team(c, name), agent_id, actor=SYSTEM, now=now)


async def sign_in_link(config: Config, *, email: str) -> str:
    """Return an address that signs an agent in once, within 15 minutes. Raises NotFound."""
    await asyncio.to_thread(migrate, config.storage.url)
    db = open_database(config.storage.url)
    try:
        agent_id = await db.read(queries.agent_id_of, rules.fold_email(email))
        if agent_id is None:
            raise NotFound(f"There is no agent with the address {email}.")
        token = await db.write(
            actions.create_sign_in_link, agent_id, actor=SYSTEM, now=SystemClock().now()
        )
    finally:
        await db.close()
    return f"{config.public_url}/sign-in/link/{token}"
