"""Furnishing the demo's desk before it opens: who works there, what it knows, what happened."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bot import setup
from bot.config import Config
from bot.demo import cast, past
from bot.demo.past import Story
from bot.flows.handlers import Flows
from bot.switchboard import readers
from channels import registry
from channels.sandbox.mail import MailSandbox
from channels.sandbox.slack import SlackSandbox
from channels.sandbox.telegram import TelegramSandbox
from desk.db.migrate import migrate
from desk.db.open import open_database
from desk.events.actors import SYSTEM
from desk.kit.clock import Clock, FrozenClock
from knowledge import intake
from knowledge.index import KnowledgeIndex
from knowledge.rules import ArticleDraft

ARTICLES = Path(__file__).parent / "articles"
OPENED_BEFORE = timedelta(days=2)  # the desk, before the demo: all of the past fits in


async def furnish(config: Config, clock: Clock, say: Callable[[str], None]) -> dict[str, int]:
    """Bring a new desk to life and return its agents by key; an old one is left as it is."""
    say("Making the tables …")
    await asyncio.to_thread(migrate, config.storage.url)
    db = open_database(config.storage.url)
    try:
        known = await db.read(cast.hired)
        if known:
            return known
        say("Hiring Alice, Bob and Sam, and playing what happened before …")
        drafts = await asyncio.to_thread(_articles)
        told = await asyncio.to_thread(past.stories)
        return await db.write(_furnish, config, drafts, told, now=clock.now())
    finally:
        await db.close()


async def settle_in(mail: MailSandbox, telegram: TelegramSandbox, slack: SlackSandbox) -> None:
    """Give the customers of the past the accounts they wrote from, so that answers reach them."""
    for story in await asyncio.to_thread(past.stories):
        first, _, last = story.customer.partition(" ")
        if story.channel == "email":
            await mail.add_mailbox(story.address, "unused")
        elif story.channel == "telegram":
            telegram.customer(int(story.address), first, last)
            telegram.world.chats[int(story.address)].started = True
        elif story.channel == "slack":
            slack.person(story.address.partition(":")[2], story.customer)


def _articles() -> list[ArticleDraft]:
    return intake.read_folder(ARTICLES)[0] if ARTICLES.is_dir() else []


def _furnish(
    c: Connection, config: Config, drafts: list[ArticleDraft], told: list[Story], *, now: datetime
) -> dict[str, int]:
    opening = now - OPENED_BEFORE
    setup.apply(c, config, now=opening)
    hired = cast.hire(c, now=opening)
    intake.import_drafts(c, drafts, actor=SYSTEM, now=opening)
    _play(c, config, told, FrozenClock(opening), now)
    return hired


def _play(
    c: Connection, config: Config, told: list[Story], clock: FrozenClock, now: datetime
) -> None:
    index = KnowledgeIndex()
    talk = Flows(index=index, public_url=config.public_url, machines=registry.machine_kinds())
    slots = {kind: registry.channel_class(kind).capabilities.slots for kind in registry.kinds()}
    past.play(c, told, readers(index, talk, slots, clock), clock, now=now)
