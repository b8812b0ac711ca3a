"""Keeps hubs up to date: each card as its case is, each line once, in order."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import Row

from bot.config import Config
from bot.hub import actions, digest, queries
from bot.hub.lines import called, line_of, named
from bot.hub.links import LINKS, cards
from bot.hub.places import hubs
from bot.hub.queries import Step
from bot.hub.rules import LineKind, LineState, face_of
from bot.hub.whispers import WHISPER
from desk.db import jobs
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBroken, ChannelBusy, DeskError, Refusal, Uncertain, Undeliverable
from desk.kit.retry import backoff_s
from desk.notices.rules import hour
from desk.ports.channel import Channel
from desk.ports.hub import HasHubs, ShowsLinks
from desk.ports.optional import Amends, Reacts

_PATIENCE = 200  # tries of one card; then its next fact tries again

_log = log.get(part="hub")


class HubBoard:
    """Works on one card at a time for each case and place."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        config: Config,
        clock: Clock,
        rng: Random,
    ) -> None:
        self._db = db
        self._channels = {key: one for key, one in channels.items() if isinstance(one, HasHubs)}
        self._hubs = hubs(channels)
        self._url = config.public_url
        self._mornings = config.notices.digest_at
        self._clock = clock
        self._rng = rng

    async def run(self) -> None:
        """Work until cancelled."""
        lanes = self._channels.keys()
        works = {
            actions.SHOW: self.work,
            WHISPER: self.whisper,
            LINKS: self.link,
            digest.DIGEST: self.greet,
        }
        await self._plan()
        async with asyncio.TaskGroup() as group:
            for kind, work in works.items():
                group.create_task(run_jobs(self._db, kind, work, clock=self._clock, lanes=lanes))

    async def work(self, job: Job) -> None:
        """Bring one card up to date; a network that is away is tried again."""
        card_id: int = job.payload["card"]
        try:
            while not await self._step(job, card_id):
                pass
        except (ChannelBusy, ChannelBroken, Uncertain) as later:
            await self._again(job, later)
        except Undeliverable as refused:
            _log.warning("hub.refused", card=card_id, reason=refused.reason)
            if refused.refusal is not Refusal.CONTEXT:  # the next fact about its case tries again
                await self._db.write(jobs.finish, job)
                return
            await self._db.write(actions.lost, card_id)
            await self._again(job, refused)

    async def whisper(self, job: Job) -> None:
        """Tell one person one thing; what is not taken twice is let go: it is a courtesy."""
        to = job.payload
        channel = self._channels[job.lane]
        try:
            await channel.whisper(to["place"], to["thread"], to["address"], to["words"])
        except DeskError as trouble:
            if job.attempts < 2:
                await self._again(job, trouble)
                return
            _log.warning("hub.not_whispered", reason=trouble.reason)
        await self._db.write(jobs.finish, job)

    async def link(self, job: Job) -> None:
        """Show what links lead to; a network that does not take it shows nothing."""
        urls, channel = job.payload["urls"], self._channels[job.lane]
        found = await self._db.read(cards, urls, self._url, self._clock.now())
        try:
            if found and isinstance(channel, ShowsLinks):
                await channel.show_links(job.payload["external_id"], found)
        except DeskError as trouble:
            if job.attempts < 2:
                await self._again(job, trouble)
                return
            _log.warning("hub.link_not_shown", reason=trouble.reason)
        await self._db.write(jobs.finish, job)

    async def greet(self, job: Job) -> None:
        """Say once, this morning, what waits in a place; a network that is away hears nothing."""
        place, now = job.payload["place"], self._clock.now()
        is_new = job.attempts == 1 and any(hub.place == place for hub in self._hubs)
        said = await self._db.read(digest.line, job.payload, self._url, now=now)
        if said is not None and is_new and self._mornings:
            try:
                await self._channels[job.lane].say(place, "", said)
            except DeskError as trouble:
                _log.warning("hub.no_digest", reason=trouble.reason)
        await self._db.write(jobs.finish, job)
        await self._plan()

    async def _plan(self) -> None:
        if self._mornings:
            at, now = hour(self._mornings), self._clock.now()
            await self._db.write(digest.plan, self._hubs, at, now=now)

    async def _again(self, job: Job, trouble: DeskError) -> None:
        if job.attempts >= _PATIENCE:
            _log.warning("hub.given_up", job=job.kind, reason=trouble.reason)
            await self._db.write(jobs.finish, job)
            return
        wait = timedelta(seconds=trouble.retry_after_s or backoff_s(job.attempts, self._rng))
        await self._db.write(jobs.retry, job, due_at=self._clock.now() + wait)

    async def _step(self, job: Job, card_id: int) -> bool:
        """Do the next thing about a card; True when there is nothing left."""
        step = await self._db.read(queries.step, card_id, self._url, self._clock.now())
        channel, face = self._channels[job.lane], face_of(step.face)
        if not step.card.thread:
            await self._put_up(channel, step, face)
        elif step.card.shown != face:
            await self._show(channel, step, face)
        elif step.line is not None:
            await self._say(channel, step.card, step.line)
        else:
            return await self._db.write(actions.conclude, job, face)
        return False

    async def _put_up(self, channel: HasHubs, step: Step, face: str) -> None:
        place, thread = step.card.place, None
        if step.card.under_way:
            thread = await channel.find_card(place, step.face)
        if thread is None:
            await self._db.write(actions.going_up, step.card.id)
            thread = await channel.show_card(place, step.face, "")
        await self._db.write(actions.shown, step.card.id, thread, face)

    async def _show(self, channel: HasHubs, step: Step, face: str) -> None:
        """Show a card as its case is now; one that is refused so keeps what is said from nobody."""
        card = step.card
        try:
            thread = await channel.show_card(card.place, step.face, card.thread)
        except Undeliverable as refused:
            if refused.refusal is not Refusal.CONTENT:
                raise
            _log.error("hub.card_refused", card=card.id, reason=refused.reason)
            thread = card.thread
        await self._db.write(actions.shown, card.id, thread, face)

    async def _say(self, channel: HasHubs, card: Row[Any], line: Row[Any]) -> None:
        if line.state == LineState.WITHDRAW:
            await self._take_back(channel, card, line)
            return
        if line.kind == LineKind.ARRIVED:
            await self._mark_arrived(channel, card, line)
            return
        said = await self._db.read(line_of, line)
        if said is None:
            await self._db.write(actions.mark, line.id, LineState.OVER)
            return
        found = None
        if line.state == LineState.SENDING:
            found = await channel.find_line(card.place, card.thread, said)
        if found is None:
            said = await called(self._db, line, said, channel.kind, self._clock.now())
            await self._db.write(actions.mark, line.id, LineState.SENDING)
            try:
                found = await channel.say(card.place, card.thread, said)
            except Undeliverable as refused:
                if refused.refusal is not Refusal.CONTENT:
                    raise
                await self._db.write(actions.leave_out, card.id, line.id, refused.reason)
                return
        await self._db.write(actions.mark, line.id, LineState.SHOWN, found)

    async def _mark_arrived(self, channel: HasHubs, card: Row[Any], line: Row[Any]) -> None:
        theirs = await self._db.read(queries.line_called, card.id, f"message:{line.ref}")
        if theirs is not None and isinstance(channel, Reacts):
            try:
                await channel.react(theirs.external_id, ["✅"])
            except Undeliverable as refused:  # the words are gone, or nobody may mark there
                _log.info("hub.not_marked", reason=refused.reason)
        await self._db.write(actions.mark, line.id, LineState.OVER)

    async def _take_back(self, channel: HasHubs, card: Row[Any], line: Row[Any]) -> None:
        stands = line.external_id or await channel.find_line(card.place, card.thread, named(line))
        if isinstance(channel, Amends):
            for one in (stands or "").split():
                try:
                    await channel.take_back(one)
                except Undeliverable as refused:
                    _log.warning("hub.not_taken_back", reason=refused.reason)
        await self._db.write(actions.mark, line.id, LineState.OVER, "")
