"""What lives as long as the desk runs: background workers and the listening socket."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.config import Http
from desk.kit import log
from desk.kit.errors import DeskError

GRACE_S = 5  # requests under way have this long when the desk stops

_log = log.get(part="app")


@asynccontextmanager
async def workers(work: dict[str, Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run each coroutine as a task of its own; one that dies is logged and holds up no other."""
    tasks = [asyncio.create_task(one, name=name) for name, one in work.items()]
    for task in tasks:
        task.add_done_callback(_ended)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def listening(app: web.Application, http: Http) -> AsyncIterator[None]:
    """Serve `app`. Raises DeskError when the port is taken."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_S)
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


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.critical("worker.died", worker=task.get_name(), exc_info=task.exception())
