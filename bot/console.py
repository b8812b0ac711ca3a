"""What every command does alike: its settings, its loop, how it ends."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from bot.config import Config, load
from desk.kit import log
from desk.kit.errors import Invalid

T = TypeVar("T")

WRONG_SETTING = 2
FAILED = 1


def go(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on the fastest loop there is."""
    try:
        import uvloop
    except ModuleNotFoundError:  # not made for Windows
        return asyncio.run(work)
    return uvloop.run(work)


def settings_of(path: Path | None) -> Config:
    """Return the settings of a file, and log as they say. Raises Invalid."""
    if path is not None and not path.exists():
        raise Invalid(f"There is no settings file {path}.")
    config = load(path)
    log.configure(config.logging.level, config.logging.form)
    return config
