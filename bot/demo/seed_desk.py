"""The desk that is seeded: somewhere to write to, somebody to answer, readers that are not late."""

import asyncio
from datetime import datetime

from sqlalchemy import Connection, select, text, update

from bot.config import Config
from bot.demo.seed_people import CHANNELS
from bot.demo.seed_stories import Desk
from bot.flows.handlers import Flows
from bot.switchboard import readers
from channels import registry
from desk.agents.actions import AgentDraft, create_agent
from desk.agents.tables import agents
from desk.cases.rules import FIRST_NUMBER
from desk.cases.tables import case_numbers
from desk.db.engine import Database
from desk.db.upsert import insert_new
from desk.events import log, reader
from desk.events.actors import SYSTEM
from desk.events.log import Cursor
from desk.events.reader import From, Handle
from desk.events.tables import cursors
from desk.http.permissions import Role
from desk.kit.clock import Clock
from desk.queues import actions as queues
from desk.queues import queries as looked
from desk.sla.queries import promises
from knowledge.index import KnowledgeIndex

_NAMES = ("Nora", "Omar", "Paula", "Quentin", "Rosa", "Tomás", "Uma", "Viktor")


def prepare(c: Connection, config: Config, *, now: datetime) -> Desk:
    """Return what can be written to and who answers; what is missing for that is made."""
    queue_ids = {one.key: one.id for one in looked.list_queues(c)}
    for channel in CHANNELS:
        if not any(one.channel == channel for one in looked.list_inboxes(c)):
            queue_id = queue_ids[min(config.queues)]
            key, name = f"seed-{channel}", f"Seeded {channel}"
            queues.define_inbox(c, key, channel, name, queue_id, bot=False)
    there = {one.channel: (one.key, one.queue_id) for one in looked.list_inboxes(c)}
    answering = select(agents.c.id).where(agents.c.role == Role.AGENT.value, agents.c.active)
    ids = c.scalars(answering.order_by(agents.c.id)).all() or _hired(c, now)
    return Desk(inboxes=there, agents=tuple(ids), promise=promises(c), now=now)


async def catch_up(db: Database, config: Config, clock: Clock) -> None:
    """Let the desk's readers have every event that is there, so that none is passed over."""
    handles = await asyncio.to_thread(_readers, config, clock)
    for name in handles:
        await db.write(reader.begin, name, From.BEGINNING)
    while behind := [name for name in handles if await db.read(_is_behind, name)]:
        for name in behind:
            await db.write(reader.take_batch, name, handles[name], clock)


def move_readers(c: Connection, cursor: Cursor) -> None:
    """Take every reader past the seeded events: nobody answers last year's messages."""
    for name in c.scalars(select(cursors.c.reader)).all():
        log.save_cursor(c, name, cursor)


def take_numbers(c: Connection, count: int) -> int:
    """Take `count` case numbers in the unit that uses them, so that none is left out.

    Return the first.
    """
    insert_new(c, case_numbers, {"id": 1, "last": FIRST_NUMBER - 1}, ["id"])
    bump = update(case_numbers).values(last=case_numbers.c.last + count)
    last: int = c.execute(bump.returning(case_numbers.c.last)).scalar_one()
    return last - count + 1


def take_stock(c: Connection) -> None:
    """Let PostgreSQL count what is new, as it does by itself a minute later."""
    if c.dialect.name != "sqlite":
        c.execute(text("ANALYZE"))


def _readers(config: Config, clock: Clock) -> dict[str, Handle]:
    index = KnowledgeIndex()
    slots = {kind: registry.channel_class(kind).capabilities.slots for kind in registry.kinds()}
    return readers(
        index,
        Flows(index=index, public_url=config.public_url, machines=registry.machine_kinds()),
        slots,
        clock,
    )


def _is_behind(c: Connection, name: str) -> bool:
    cursor = log.load_cursor(c, name)
    return cursor is None or log.has_news(c, cursor)


def _hired(c: Connection, now: datetime) -> list[int]:
    drafts = [AgentDraft(email=f"{name.lower()}@seed.example", name=name) for name in _NAMES]
    return [create_agent(c, draft, actor=SYSTEM, now=now) for draft in drafts]
