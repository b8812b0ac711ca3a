"""From the journal to the record: ordered per conversation, poison set aside, nothing lost."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec import Struct
from sqlalchemy import Connection

from bot.intake import Desk
from bot.recording import Parsed, record
from desk.arrivals import actions, queries
from desk.arrivals.queries import ArrivalView
from desk.cases.limits import LIMITS, Limits
from desk.db import jobs
from desk.db.engine import Database, is_passing
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBusy, Conflict, DeskError, Uncertain
from desk.kit.filetypes import picture_type, risk
from desk.messages.actions import StoredFile
from desk.ports.channel import Blobs, Channel
from desk.ports.hub import HasHubs
from desk.ports.inbound import HubSaid, Inbound
from desk.ports.messages import Attachment, InboundMessage, MessageSent
from desk.ports.optional import FetchesFiles
from desk.queues import queries as queues

RETRY_S = 0.5  # after the first failed try; doubles
FILE_TRIES = 6  # about a minute; then the words are recorded without the file
LARGE_BYTES = 64 * 1024  # parsed off the loop from here on

_log = log.get(part="inbound")


class Patience(Struct, frozen=True, kw_only=True):
    """How often an arrival is tried before it is set aside, and what gives a machine away."""

    tries: int = 3
    limits: Limits = LIMITS


class Recorder:
    """Turns journalled arrivals into cases and messages, several conversations at a time."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        blobs: Blobs,
        clock: Clock,
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        self._db = db
        self._patience = patience
        self._channels = channels
        self._blobs = blobs
        self._clock = clock

    async def run(self, concurrency: int) -> None:
        """Work until cancelled. Arrivals of an inbox that is not configured wait for it."""
        await run_jobs(
            self._db,
            actions.RECORD,
            self.work,
            clock=self._clock,
            concurrency=concurrency,
            lanes=self._channels.keys(),
        )

    async def work(self, job: Job) -> None:
        """Record one arrival; after its last try it is quarantined and the next goes on."""
        arrival = await self._db.read(queries.fetch, job.payload["arrival"])
        try:
            await self._record(job, arrival)
        except (Conflict, ChannelBusy, Uncertain):
            raise  # somebody was faster, a file or the database is away: the runner tries again
        except Exception as poison:  # whatever a payload does to us, the next one goes on
            if is_passing(poison):
                raise
            await self._failed(job, arrival, poison)

    async def _record(self, job: Job, arrival: ArrivalView) -> None:
        channel = self._channels[arrival.inbox]
        parsed = await self._parse(channel, arrival.raw)
        patient = job.attempts < FILE_TRIES
        whole = [
            Parsed(one, await self._files(channel, arrival.raw, one, patient=patient))
            for one in parsed
        ]
        inbox = await self._db.read(queues.inbox, arrival.inbox)
        offers = channel.capabilities
        desk = Desk(
            inbox=inbox,
            join_within=timedelta(minutes=offers.join_minutes),
            machines_write=offers.machines_write,
            has_hubs=isinstance(channel, HasHubs) and bool(channel.hubs),
            limits=self._patience.limits,
        )
        await self._db.write(record, job, desk, whole, arrival_id=arrival.id, now=self._clock.now())

    async def _parse(self, channel: Channel, raw: bytes) -> Sequence[Inbound]:
        if len(raw) < LARGE_BYTES:
            return channel.parse(raw)
        return await asyncio.to_thread(channel.parse, raw)

    async def _files(
        self, channel: Channel, raw: bytes, one: Inbound, *, patient: bool
    ) -> tuple[StoredFile, ...]:
        if not isinstance(one, InboundMessage | MessageSent | HubSaid) or not one.attachments:
            return ()
        return tuple(
            [await self._file(channel, raw, file, patient=patient) for file in one.attachments]
        )

    async def _file(
        self, channel: Channel, raw: bytes, file: Attachment, *, patient: bool
    ) -> StoredFile:
        """Fetch and keep one attachment; a file that cannot be had must not hold up the words."""
        blob, problem, size = None, "", file.size_bytes
        content = b""
        try:
            if not isinstance(channel, FetchesFiles):
                raise DeskError("This channel brings no files.")
            content = await channel.fetch(raw, file)
            blob, size = await self._blobs.put(content), len(content)
        except ChannelBusy as busy:
            if patient:
                raise  # the network may give it later: the whole arrival is tried again
            problem = f"The file could not be fetched: {busy.reason}"
        except DeskError as refused:
            problem = refused.reason
        return StoredFile(
            name=file.name,
            mime=file.mime,
            size_bytes=size,
            blob=blob,
            problem=problem,
            content_id=file.content_id,
            inline=file.inline,
            picture=picture_type(content),
            risk=risk(file.name, content),
        )

    async def _failed(self, job: Job, arrival: ArrivalView, poison: Exception) -> None:
        reason = f"{type(poison).__name__}: {poison}"
        now = self._clock.now()

        def unit(c: Connection) -> int:
            tries = actions.note_failure(c, arrival.id, reason)
            if tries >= self._patience.tries:
                actions.quarantine(c, arrival.id, reason, now=now)
                held = jobs.finish(c, job)
            else:
                due = now + timedelta(seconds=RETRY_S * 2 ** (tries - 1))
                held = jobs.retry(c, job, due_at=due)
            if not held:  # whoever has it now judges for himself; it may be recorded by now
                raise Conflict("The lease of this arrival was lost.")
            return tries

        tries = await self._db.write(unit)
        _log.warning(
            "arrival.failed", inbox=arrival.inbox, arrival=arrival.id, tries=tries, reason=reason
        )
