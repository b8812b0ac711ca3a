"""Importing articles from a folder: by the command line, and whenever the desk starts."""

import asyncio
from datetime import datetime
from pathlib import Path

from bot.config import Config
from desk.db.engine import Database
from desk.db.migrate import migrate
from desk.db.open import open_database
from desk.events.actors import SYSTEM
from desk.kit import log
from desk.kit.clock import SystemClock
from desk.kit.errors import Invalid
from knowledge import intake
from knowledge.intake import Imported

_log = log.get(part="knowledge")


async def import_at_start(config: Config, db: Database, *, now: datetime) -> None:
    """Bring in the folder that the settings name; a bad article is told and holds up no other.

    Raises:
        Invalid: there is no such folder.
    """
    if not config.knowledge.folder:
        return
    folder = Path(config.knowledge.folder)
    try:
        done = await intake.import_folder(db, folder, actor=SYSTEM, now=now)
    except Invalid as missing:
        raise Invalid(f"knowledge.folder: {missing.reason}") from missing
    for problem in done.problems:
        _log.warning("article.unreadable", reason=problem)
    _log.info("articles.imported", changed=done.changed, unchanged=done.unchanged)


async def import_folder(config: Config, folder: Path) -> Imported:
    """Import a folder of Markdown and return what it came to. Raises DeskError."""
    await asyncio.to_thread(migrate, config.storage.url)
    db = open_database(config.storage.url)
    try:
        return await intake.import_folder(db, folder, actor=SYSTEM, now=SystemClock().now())
    finally:
        await db.close()
