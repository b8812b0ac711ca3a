"""Importing articles from the command line."""

import asyncio
from pathlib import Path

from bot.config import Config
from desk.db.migrate import migrate
from desk.db.open import open_database
from desk.events.actors import SYSTEM
from desk.kit.clock import SystemClock
from knowledge import intake
from knowledge.intake import Imported


async def import_folder(config: Config, folder: Path) -> Imported:
    """Import a folder of Markdown and return what it came to. Raises DeskError."""
    await asyncio.to_thread(migrate, config.storage.url)
    db = open_database(config.storage.url)
    try:
        return await intake.import_folder(db, folder, actor=SYSTEM, now=SystemClock().now())
    finally:
        await db.close()
