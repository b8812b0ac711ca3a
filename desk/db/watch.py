"""Looking again and again: woken by the bell, never busy, never stopped by a failing database."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from sqlalchemy.exc import SQLAlchemyError

from desk.kit.errors import DeskError
from desk.kit.log import get
from desk.kit.retry import backoff_s
from desk.ports.wake import Wake

PAUSE_S = 0.01  # after a look that found nothing: the bell may ring thousands of times a second

_log = get(part="db")


async def watch(bell: Wake, look: Callable[[], Awaitable[float]], *, name: str) -> None:
    """Call `look` for ever; it returns how many seconds the next look may wait for the bell.

    `bell` is a listener of its own. Trouble of the database is logged and waited out; any other
    exception of `look` is a defect and ends the watch.
    """
    rng, failures = Random(), 0  # noqa: S311 - jitter
    while not _is_cancelled():
        try:
            wait_s = await look()
        except (DeskError, SQLAlchemyError) as trouble:
            failures += 1
            _log.warning("db.watch_failed", watch=name, failures=failures, reason=str(trouble))
            await asyncio.sleep(backoff_s(failures, rng, first_s=0.1, cap_s=10))
            continue
        failures = 0
        if wait_s > 0:
            await asyncio.sleep(min(PAUSE_S, wait_s))
            await bell.wait(wait_s)
    raise asyncio.CancelledError


def _is_cancelled() -> bool:
    """Return whether this task was asked to end.

    A driver that fails while it tidies up after a cancellation raises its own error in the
    cancellation's place; without this look the watch would go on for ever.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
