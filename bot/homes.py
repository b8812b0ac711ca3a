"""Keeps the page that a customer has within his network in step with his cases.

Only who has looked at his page lately has it kept; changes close together are shown at once,
at most one a second. What fails for good is left: the page is made anew when he opens it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from desk.arrivals import actions as arrivals
from desk.arrivals import queries as kept
from desk.cases.own import home_of
from desk.customers.tables import identities
from desk.db import jobs
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.events.facts import (
    CaseClosed,
    CaseReopened,
    CaseResolved,
    CasesMerged,
    CaseStatusChanged,
    CasesUnmerged,
    MessageReceived,
    ReplyWritten,
)
from desk.events.log import Event
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBroken, ChannelBusy, DeskError, Uncertain
from desk.messages.tables import messages
from desk.ports.channel import Channel
from desk.ports.homes import Home, ShowsHome
from desk.satisfaction.queries import questions

HOME = "home"  # the kind of job that shows one page
EACH = timedelta(seconds=1)  # the same page is shown no more often

_KEPT = timedelta(days=14)  # after he last looked
_TRIES = 5
_CHANGES = (
    MessageReceived
    | ReplyWritten
    | CaseStatusChanged
    | CaseResolved
    | CaseReopened
    | CaseClosed
    | CasesMerged
    | CasesUnmerged
)

_log = log.get(part="homes")


def opened(c: Connection, inbox: str, address: str, *, now: datetime) -> None:
    """Have somebody's page shown: he looks at it now."""
    arrivals.save_state(c, inbox, _looked(address), now.isoformat().encode(), now=now)
    _ask(c, inbox, address, due_at=now)


def on_event(c: Connection, event: Event, *, now: datetime) -> None:
    """Have the pages shown anew that a fact changes. Safe to repeat."""
    if event.case_id is None or not isinstance(event.fact, _CHANGES) or event.at < now - _KEPT:
        return
    writers = (
        select(messages.c.inbox, identities.c.address)
        .join(identities, identities.c.id == messages.c.identity_id)
        .where(messages.c.case_id == event.case_id, messages.c.author == "customer")
        .distinct()
    )
    for inbox, address in c.execute(writers).all():
        looked = kept.load_state(c, inbox, _looked(address))
        if looked is not None and datetime.fromisoformat(looked.decode()) > now - _KEPT:
            _ask(c, inbox, address, due_at=now + EACH)


class Homes:
    """Shows pages. Nothing is remembered of them: each is made of what the record says now."""

    def __init__(self, db: Database, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._db = db
        self._channels = channels
        self._clock = clock
        self._shown: dict[str, datetime] = {}  # of the last second or so

    async def run(self) -> None:
        """Work until cancelled."""
        lanes = [key for key, one in self._channels.items() if isinstance(one, ShowsHome)]
        await run_jobs(self._db, HOME, self.work, clock=self._clock, lanes=lanes)

    async def work(self, job: Job) -> None:
        """Show one page, or put it off when it was shown this very second."""
        inbox, address = job.payload["inbox"], job.payload["address"]
        channel, now = self._channels[inbox], self._clock.now()
        self._shown = {key: at for key, at in self._shown.items() if at > now - EACH}
        last = self._shown.get(job.key or "")
        if last is not None:
            await self._db.write(jobs.retry, job, due_at=last + EACH)
            return
        self._shown[job.key or ""] = now
        # Taken off before it is shown, so that a change meanwhile asks for another one.
        home = await self._db.write(_taken, job, channel.kind)
        if not isinstance(channel, ShowsHome):
            return
        try:
            await channel.show_home(address, home)
        except (ChannelBusy, ChannelBroken, Uncertain) as later:
            await self._again(job, later)
        except DeskError as refused:
            _log.warning("home.refused", inbox=inbox, reason=refused.reason)

    async def _again(self, job: Job, later: DeskError) -> None:
        tries, told = job.payload["tries"] + 1, job.payload
        if tries >= _TRIES:
            _log.warning("home.given_up", inbox=told["inbox"], reason=later.reason)
            return
        wait_s = later.retry_after_s or 2.0**tries
        due = self._clock.now() + timedelta(seconds=wait_s)
        await self._db.write(_ask, told["inbox"], told["address"], due_at=due, tries=tries)


def _taken(c: Connection, job: Job, channel: str) -> Home:
    jobs.conclude(c, job)
    return home_of(c, channel, job.payload["address"], besides=questions())


def _ask(c: Connection, inbox: str, address: str, *, due_at: datetime, tries: int = 0) -> None:
    payload = {"inbox": inbox, "address": address, "tries": tries}
    jobs.enqueue(c, HOME, payload, due_at=due_at, lane=inbox, key=f"{inbox}:{address}")


def _looked(address: str) -> str:
    return f"home:{address}"
