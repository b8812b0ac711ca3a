"""From the record to the network: each part sent once, its outcome recorded, nothing doubled.

The order of steps is the promise: "sending" is committed before the call and the outcome after
it. Whoever finds "sending" after a crash knows that the outcome is unknown, and asks the channel
or a person instead of repeating. No database connection is held during the call.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection

from bot.health import HealthBoard
from desk.cases import actions as cases
from desk.cases import places
from desk.cases.outgoing import Outgoing, Send, outgoing
from desk.customers import actions as customers
from desk.db import jobs
from desk.db.engine import Database, is_passing
from desk.db.jobs import Job
from desk.db.runner import LEASE, run_jobs
from desk.events.actors import SYSTEM
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import (
    ChannelBroken,
    ChannelBusy,
    Conflict,
    Invalid,
    NotFound,
    Refusal,
    Uncertain,
    Undeliverable,
)
from desk.kit.retry import backoff_s
from desk.messages import deliveries
from desk.messages.rules import ARRIVED, DeliveryState
from desk.ports.channel import Channel
from desk.ports.optional import KeepsSent, Reconciles, TakesTurns

TRIES = 3  # of a message that we ourselves fail at
BROKEN_RETRY = timedelta(seconds=60)

_log = log.get(part="outbound")

Step = Callable[[Connection], None]
Dress = Callable[[Connection, Outgoing], Outgoing]  # what a message is only as it leaves


def bare(c: Connection, out: Outgoing) -> Outgoing:
    """Return a message as the record has it."""
    return out


class Sender:
    """Sends what is due through its channel, in order per recipient."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        clock: Clock,
        health: HealthBoard,
        rng: Random,
        voice: str = "Parley",  # the name the bot writes under
        dress: Dress = bare,
    ) -> None:
        self._db = db
        self._channels = channels
        self._clock = clock
        self._health = health
        self._rng = rng
        self._voice = voice
        self._dress = dress

    async def run(self, concurrency: int) -> None:
        """Work until cancelled. Messages of an inbox that is not configured wait for it."""
        await run_jobs(
            self._db,
            deliveries.DELIVER,
            self.work,
            clock=self._clock,
            concurrency=concurrency,
            lanes=self._channels.keys(),
        )

    async def work(self, job: Job) -> None:
        """Send what is left of one message; after three faults of ours the next one goes on."""
        try:
            await self._work(job)
        except (Conflict, Uncertain):
            raise  # somebody else has this message, or the database was lost while committing
        except Exception as fault:  # whatever a message does to us, it must not stop those after it
            if is_passing(fault) or job.attempts < TRIES:
                raise
            _log.error("delivery.fault", job=job.id, exc_info=fault)
            await self._give_up(job, fault)

    async def _work(self, job: Job) -> None:
        """Send part by part; stop at the first that does not go."""
        while True:
            out = await self._read(job)
            send = next((s for s in out.sends if s.state not in ARRIVED), None)
            if send is None or send.state in (DeliveryState.FAILED, DeliveryState.UNCERTAIN):
                await self._db.write(jobs.finish, job)
                return
            if not await self._send(job, out, send):
                return

    async def _read(self, job: Job) -> Outgoing:
        """Return what is to be sent, with one delivery for each part of its plan."""
        ids = job.payload["message"], job.payload["identity"]
        out = await self._db.read(self._outgoing, *ids)
        parts = len(self._channels[out.inbox].plan(out.message).parts)
        if parts == len(out.sends):
            return out
        now = self._clock.now()

        def step(c: Connection) -> None:
            deliveries.plan_parts(c, *ids, out.inbox, parts, now=now)
            deliveries.drop_parts(c, *ids, parts, now=now)

        await self._step(job, step)
        return await self._db.read(self._outgoing, *ids)

    def _outgoing(self, c: Connection, message_id: int, identity_id: int) -> Outgoing:
        return self._dress(c, outgoing(c, message_id, identity_id, voice=self._voice))

    async def _send(self, job: Job, out: Outgoing, send: Send) -> bool:
        """Send one part; True when the next may follow now."""
        channel = self._channels[out.inbox]
        doubtful = _was_under_way(channel, send)
        try:
            external_id = await _found(channel, out, send) if doubtful else None
            doubtful = False
            if external_id is None:
                if isinstance(channel, TakesTurns):
                    await channel.turn(out.message, send.part)
                kept = await _kept(channel, out, send)
                await self._step(job, lambda c: deliveries.begin(c, send.delivery_id, kept))
                external_id = await channel.send(out.message, send.part)
        except ChannelBusy as busy:
            after_s = busy.retry_after_s or self._pause_s(channel, job)
            return await self._postpone(job, out, send, busy.reason, after_s, doubtful=doubtful)
        except ChannelBroken as broken:
            self._health.refused(out.inbox, broken.reason)
            after_s = BROKEN_RETRY.total_seconds()
            return await self._postpone(job, out, send, broken.reason, after_s, doubtful=doubtful)
        except Uncertain as doubt:
            ask = isinstance(channel, Reconciles) and not doubtful
            repeat = channel.capabilities.repeats_safely and send.attempts == 0
            if ask or repeat:
                after_s = self._pause_s(channel, job)
                return await self._postpone(job, out, send, doubt.reason, after_s, doubtful=ask)
            return await self._fail(job, out, send, doubt.reason, uncertain=True)
        except Undeliverable as refused:
            return await self._refused(job, out, send, refused)
        except (NotFound, Invalid) as wrong:  # a file of it is gone, an address is none
            return await self._fail(job, out, send, wrong.reason)
        self._health.sends(out.inbox)
        now, sent = self._clock.now(), external_id
        await self._step(job, lambda c: deliveries.arrived(c, send.delivery_id, sent, now=now))
        return True

    async def _refused(self, job: Job, out: Outgoing, send: Send, refused: Undeliverable) -> bool:
        """Try the one remedy a refusal has; without one the part has failed."""
        message, reason = out.message, refused.reason
        # Another form falls into other parts: once one has arrived, it would repeat or leave out.
        whole = not any(other.state in ARRIVED for other in out.sends)
        plain = refused.refusal is Refusal.CONTENT and not message.plain and whole
        detached = refused.refusal is Refusal.CONTEXT and message.in_reply_to is not None
        if plain or detached:
            await self._step(
                job,
                lambda c: deliveries.degrade(
                    c,
                    send.delivery_id,
                    plain=plain or message.plain,
                    detached=detached,
                    reason=reason,
                ),
            )
            return True
        address = refused.moved_to
        if refused.refusal is Refusal.MOVED and address and _is_news(out, refused):
            place = refused.place
            await self._step(job, lambda c: self._moved(c, out, send, address, place))
            return True
        return await self._fail(job, out, send, reason, gone=refused.refusal is Refusal.GONE)

    def _moved(
        self, c: Connection, out: Outgoing, send: Send, address: str, place: str | None
    ) -> None:
        if place is not None:
            places.moved(c, out.inbox, place, address)
        else:
            customers.move_address(c, out.identity_id, address)
            deliveries.move_thread(c, out.message.message_id, address)
        deliveries.postpone(c, send.delivery_id, "the conversation moved", self._clock.now())

    def _pause_s(self, channel: Channel, job: Job) -> float:
        pauses = channel.capabilities.retry_s
        if not pauses:
            return backoff_s(job.attempts, self._rng)
        return pauses[min(job.attempts, len(pauses)) - 1] * self._rng.uniform(0.9, 1.1)

    async def _postpone(
        self, job: Job, out: Outgoing, send: Send, reason: str, after_s: float, *, doubtful: bool
    ) -> bool:
        """Queue a part again for later, or give up when the channel's patience is at its end.

        One that is `doubtful` may have arrived: it is looked for then, and not sent before.
        """
        now = self._clock.now()
        hours = self._channels[out.inbox].capabilities.patience_hours
        if now - send.queued_at > timedelta(hours=hours):
            told = f"Given up after {hours} hours of trying: {reason}"
            return await self._fail(job, out, send, told, uncertain=doubtful)
        due, put_off = now + timedelta(seconds=after_s), deliveries.postpone
        if doubtful:
            put_off = deliveries.look_later

        def step(c: Connection) -> None:
            put_off(c, send.delivery_id, reason, due)
            jobs.retry(c, job, due_at=due)

        await self._step(job, step)
        _log.info("delivery.postponed", delivery=send.delivery_id, reason=reason)
        return False

    async def _fail(
        self,
        job: Job,
        out: Outgoing,
        send: Send,
        reason: str,
        *,
        uncertain: bool = False,
        gone: bool = False,
    ) -> bool:
        """Show a part as failed or uncertain, and ask for a person's look at its case."""
        now = self._clock.now()
        fate = "It is uncertain whether it reached" if uncertain else "Not delivered to"
        flag = f"{fate} {out.message.recipient_name or out.message.recipient}: {reason}"

        def step(c: Connection) -> None:
            deliveries.fail(c, send.delivery_id, reason, now=now, uncertain=uncertain)
            if not out.is_courtesy:
                cases.set_flag(c, out.message.case_id, flag, actor=SYSTEM, now=now)
            if gone:
                customers.set_reachable(c, out.identity_id, False, reason, actor=SYSTEM, now=now)
            jobs.finish(c, job)

        await self._step(job, step)
        _log.warning("delivery.failed", delivery=send.delivery_id, reason=reason, unsure=uncertain)
        return False

    async def _give_up(self, job: Job, fault: Exception) -> None:
        """Set a message aside that we cannot handle: shown as failed, or as uncertain."""
        now, reason = self._clock.now(), f"A fault of ours: {type(fault).__name__}: {fault}"

        def step(c: Connection) -> None:
            deliveries.give_up(c, job.payload["message"], job.payload["identity"], reason, now=now)
            jobs.finish(c, job)

        await self._step(job, step)

    async def _step(self, job: Job, step: Step) -> None:
        """Commit one step of a send that we still hold.

        Raises:
            Conflict: the lease is gone: another worker has this message now.
        """
        await self._db.write(_held, job, step, self._clock.now() + LEASE)


def _is_news(out: Outgoing, refused: Undeliverable) -> bool:
    """Return whether something moved elsewhere than to where we have just written."""
    return refused.moved_to not in (out.message.recipient, refused.place)


def _was_under_way(channel: Channel, send: Send) -> bool:
    """Return whether a part may have arrived though nobody was told, and must not go twice."""
    return send.state == DeliveryState.SENDING and not channel.capabilities.repeats_safely


async def _found(channel: Channel, out: Outgoing, send: Send) -> str | None:
    """Return the id of a part that was under way and arrived; None: it did not, send it now.

    Raises:
        ChannelBusy, ChannelBroken: ask again later.
        Uncertain: the channel cannot tell.
    """
    if isinstance(channel, Reconciles):
        return await channel.find_sent(out.message, send.part)
    raise Uncertain("Parley was stopped while it sent this; it may have arrived.")


async def _kept(channel: Channel, out: Outgoing, send: Send) -> str | None:
    if out.is_courtesy or not isinstance(channel, KeepsSent):
        return None
    return await channel.keep(out.message, send.part)


def _held(c: Connection, job: Job, step: Step, until: datetime) -> None:
    if not jobs.extend(c, job, until=until):
        raise Conflict("The lease of this message was lost.")
    step(c)
