"""Writes to agents who are not looking what waits for them, and hears what came back."""

import asyncio
from datetime import timedelta

from sqlalchemy import Connection

from bot.config import Config
from channels import registry
from desk.db import jobs
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBroken, ChannelBusy, Refusal, Uncertain, Undeliverable
from desk.notices import actions, letters, queries
from desk.notices.handlers import LETTER
from desk.notices.rules import quiet_until
from desk.ports.channel import Channel
from desk.ports.optional import WritesToStaff

_AGAIN = timedelta(minutes=1)
_TRIES = 60  # of a letter; then what it would have said waits on the screen only

_log = log.get(part="notices")


def letter_inbox(config: Config) -> str:
    """Return the inbox that writes to agents, "" when none does."""
    wanted = config.notices.inbox
    if wanted is not None:
        return wanted
    writing = [
        key
        for key, one in config.inboxes.items()
        if registry.channel_class(one.channel).capabilities.letters
    ]
    return writing[0] if len(writing) == 1 else ""


class StaffLetters:
    """Looks when an agent has had time to see what waits, and writes what he has not seen."""

    def __init__(
        self, db: Database, channel: Channel | None, desk: letters.Desk, clock: Clock
    ) -> None:
        self._db = db
        self._writer: WritesToStaff | None = channel if isinstance(channel, WritesToStaff) else None
        self._desk = desk
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        await run_jobs(self._db, LETTER, self.work, clock=self._clock, concurrency=2)

    async def work(self, job: Job) -> None:
        """Write one letter, or none; a server that is away is tried again."""
        wishes = await self._db.read(queries.wishes, job.payload["agent"])
        quiet = wishes.quiet_from, wishes.quiet_to, wishes.zone
        until = await asyncio.to_thread(quiet_until, self._clock.now(), *quiet)  # reads zones
        if until is not None:
            await self._db.write(jobs.retry, job, due_at=until)
            return
        due = await self._db.read(letters.due, job.payload["agent"], self._desk)
        if due.letter is None or self._writer is None:
            await self._db.write(jobs.finish, job)
            return
        try:
            await self._writer.tell_staff(due.letter)
        except (ChannelBusy, ChannelBroken, Uncertain) as away:
            await self._postpone(job, away.reason)
            return
        except Undeliverable as refused:
            if refused.refusal is Refusal.GONE:
                await self._db.write(self._refused, job, due, refused.reason)
                return
            # Its words may be a customer's: what a server makes of them says nothing of the agent.
            _log.warning("letter.refused", agent=job.payload["agent"], reason=refused.reason)
        await self._db.write(self._told, job, due)

    async def _postpone(self, job: Job, reason: str) -> None:
        _log.warning("letter.postponed", agent=job.payload["agent"], reason=reason)
        if job.attempts >= _TRIES:
            await self._db.write(jobs.finish, job)
            return
        await self._db.write(jobs.retry, job, due_at=self._clock.now() + _AGAIN * job.attempts)

    def _told(self, c: Connection, job: Job, due: letters.Due) -> None:
        jobs.conclude(c, job)
        now, agent_id = self._clock.now(), job.payload["agent"]
        actions.lettered(c, list(due.notice_ids), until=due.until, now=now)
        if queries.untold(c, agent_id, queries.wishes(c, agent_id).muted):
            payload = {"agent": agent_id}  # it came while the letter was on its way
            jobs.enqueue(c, LETTER, payload, due_at=now + _AGAIN, key=str(agent_id))

    def _refused(self, c: Connection, job: Job, due: letters.Due, reason: str) -> None:
        jobs.conclude(c, job)
        if due.letter is not None:
            now, to = self._clock.now(), due.letter
            actions.mark_unreachable(c, to.agent_id, to.address, reason, now=now)
