"""What lives as long as the desk runs: background workers and the listening socket."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.config import Http
from desk.kit import log
from desk.kit.errors import DeskError
from desk.kit.retry import backoff_s

Work = Callable[[], Coroutine[Any, Any, None]]

GRACE_S = 5  # requests under way have this long when the desk stops
AGAIN_S = 1  # after the first death of a worker; doubles

_log = log.get(part="app")


@asynccontextmanager
async def workers(work: Mapping[str, Work], again_s: float = AGAIN_S) -> AsyncIterator[None]:
    """Run each piece of work as a task of its own; one that dies is logged and begun again.

    After the first death at `again_s`, then later and later.
    """
    tasks = [
        asyncio.create_task(_kept_going(name, one, again_s), name=name)
        for name, one in work.items()
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def listening(app: web.Application, http: Http) -> AsyncIterator[None]:
    """Serve `app`. Raises DeskError when the port is taken."""
    runner = web.AppRunner(app, access_log=None, logger=_faults(), shutdown_timeout=GRACE_S)
    await runner.setup()
    try:
        await _bind(runner, http)
        yield
    finally:
        await runner.cleanup()


async def _bind(runner: web.AppRunner, http: Http) -> None:
    try:
        await web.TCPSite(runner, http.host, http.port).start()
    except OSError as taken:
        raise DeskError(
            f"Port {http.port} on {http.host} cannot be used ({taken.strerror}). Stop what "
            "uses it, or set http.port to another one."
        ) from taken


def _faults() -> logging.Logger:
    """Return where aiohttp logs what fails outside our handlers, without strangers' nonsense.

    It would log each malformed request with a traceback and its address, which may hold a token.
    """
    logger = logging.getLogger("aiohttp.server")
    logger.addFilter(_is_ours)  # the same function is added once
    return logger


def _is_ours(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, HttpProcessingError)


async def _kept_going(name: str, work: Work, again_s: float) -> None:
    """Begin `work` again when it ends: customers write although we have a fault."""
    rng, deaths = Random(), 0  # noqa: S311 - jitter
    while True:
        task = asyncio.create_task(work(), name=name)
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            (outcome,) = await asyncio.gather(task, return_exceptions=True)
        deaths += 1
        _log.critical("worker.died", worker=name, deaths=deaths, exc_info=outcome)
        await asyncio.sleep(backoff_s(deaths, rng, first_s=again_s, cap_s=30))
