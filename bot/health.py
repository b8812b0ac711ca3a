"""How the inboxes are doing: what channels report is kept, and changes reach the record."""

import asyncio

from desk.db.engine import Database
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import DeskError
from desk.ports.channel import Health, HealthState
from desk.queues import actions

AGAIN_S = 5.0  # when the database is away

_log = log.get(part="health")


class HealthBoard:
    """Takes reports at any time without waiting; `run` writes the latest of each inbox.

    An inbox has two voices: its channel's own, and that of whoever sends through it. Neither
    covers up the other: a socket that works does not make a refused send well, and when sends
    are taken again, what the channel said last holds again.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self.latest: dict[str, Health] = {}
        self._db = db
        self._clock = clock
        self._own: dict[str, Health] = {}
        self._refused: dict[str, str] = {}
        self._changed: set[str] = set()
        self._bell = asyncio.Event()

    def report(self, inbox: str, health: Health) -> None:
        """Note how an inbox says it is doing; the same word again costs nothing."""
        self._own[inbox] = health
        self._tell(inbox)

    def refused(self, inbox: str, reason: str) -> None:
        """Note that an inbox's account may not send; it stays so until `sends`."""
        self._refused[inbox] = reason
        self._tell(inbox)

    def sends(self, inbox: str) -> None:
        """Note that a send was taken."""
        if self._refused.pop(inbox, None) is not None:
            self._tell(inbox)

    def _tell(self, inbox: str) -> None:
        health = self._worst(inbox)
        if health is None or self.latest.get(inbox) == health:
            return
        self.latest[inbox] = health
        self._changed.add(inbox)
        self._bell.set()
        level = _log.warning if _is_bad(health) else _log.info
        level("inbox.health", inbox=inbox, state=health.state.value, detail=health.detail)

    def _worst(self, inbox: str) -> Health | None:
        own, refused = self._own.get(inbox), self._refused.get(inbox)
        if refused is None or (own and own.state in (HealthState.BROKEN, HealthState.STOPPED)):
            return own
        return Health(state=HealthState.BROKEN, detail=refused)

    async def run(self) -> None:
        """Write changes to the record until cancelled."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            try:
                await self.flush()
            except DeskError as away:
                _log.warning("health.not_kept", reason=away.reason)
                await asyncio.sleep(AGAIN_S)
                self._bell.set()

    async def flush(self) -> None:
        """Write what changed since the last time."""
        while self._changed:
            inbox = next(iter(self._changed))
            health = self.latest[inbox]
            await self._db.write(
                actions.report_health,
                inbox,
                health.state.value,
                health.detail,
                now=self._clock.now(),
            )
            if self.latest[inbox] == health:
                self._changed.discard(inbox)


def _is_bad(health: Health) -> bool:
    return health.state in (HealthState.TROUBLED, HealthState.BROKEN)
