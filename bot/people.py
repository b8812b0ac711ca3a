"""Adding agents from the command line, with the desk running or not yet."""

import asyncio

from bot.config import Config
from desk.agents import actions
from desk.agents.actions import AgentDraft
from desk.agents.sign_in import Passwords
from desk.db.migrate import migrate
from desk.db.open import open_database
from desk.events.actors import SYSTEM
from desk.http.permissions import Role
from desk.kit.clock import SystemClock


async def add_agent(config: Config, *, email: str, name: str, role: str, password: str) -> int:
    """Create an agent and return the id. Raises Invalid, Conflict, DeskError."""
    await asyncio.to_thread(migrate, config.storage.url)
    passwords = Passwords()
    draft = AgentDraft(
        email=email, name=name, role=Role(role), password_hash=await passwords.hash(password)
    )
    passwords.close()
    db = open_database(config.storage.url)
    try:
        return await db.write(actions.create_agent, draft, actor=SYSTEM, now=SystemClock().now())
    finally:
        await db.close()
