"""Makes the network show what an agent changed: an edited answer, one taken back, an emoji."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random

from sqlalchemy import Connection, select

from bot.outbound import Dress, bare
from desk.cases import actions as cases
from desk.cases.outgoing import Outgoing, outgoing
from desk.db import jobs
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.events.actors import SYSTEM
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBroken, ChannelBusy, DeskError, Uncertain
from desk.kit.retry import backoff_s
from desk.messages import amending, reactions
from desk.messages import queries as said
from desk.messages.actions import Place
from desk.messages.tables import messages
from desk.ports.channel import Channel
from desk.ports.optional import Amends, Reacts, TitlesThreads

_SOON_S = 1.0
_PATIENCE = 20  # tries; then the case says that the network shows something else

_log = log.get(part="amending")


class Amender:
    """Takes amendments in the order of their conversation. To repeat one does no harm."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        clock: Clock,
        rng: Random,
        dress: Dress = bare,
    ) -> None:
        self._db = db
        self._channels = channels
        self._clock = clock
        self._rng = rng
        self._dress = dress

    async def run(self) -> None:
        """Work until cancelled."""
        lanes = self._channels.keys()
        await run_jobs(self._db, amending.AMEND, self.work, clock=self._clock, lanes=lanes)

    async def work(self, job: Job) -> None:
        """Do one; what the network refuses for good flags the case."""
        try:
            await self._do(job)
        except (ChannelBusy, ChannelBroken, Uncertain) as later:
            if job.attempts < _PATIENCE:
                wait_s = later.retry_after_s or backoff_s(job.attempts, self._rng)
                due = self._clock.now() + timedelta(seconds=wait_s)
                await self._db.write(jobs.retry, job, due_at=due)
                return
            await self._db.write(self._refused, job, later.reason)
        except DeskError as refused:
            await self._db.write(self._refused, job, refused.reason)
        else:
            await self._db.write(jobs.finish, job)

    async def _do(self, job: Job) -> None:
        told, message_id = job.payload, job.payload["message"]
        place, sent = await self._db.read(_place, message_id)
        channel = self._channels[place.inbox]
        match told["op"]:
            case amending.TAKE_BACK if isinstance(channel, Amends):
                for external_id in told["external_ids"]:
                    await channel.take_back(external_id)
            case amending.EDIT if isinstance(channel, Amends):
                out = await self._db.read(self._outgoing, message_id, place.identity_id)
                if len(channel.plan(out.message).parts) != 1:
                    raise DeskError("the new text does not fit into one message.")
                await channel.edit(out.message, sent)
            case amending.TITLE if isinstance(channel, TitlesThreads):
                if not sent:
                    raise ChannelBusy("The thread is made with the message.", _SOON_S)
                out = await self._db.read(outgoing, message_id, place.identity_id, voice="")
                await channel.title(out.message, done=told["done"])
            case amending.REACT if isinstance(channel, Reacts):
                wanted = await self._db.read(reactions.ours, message_id)
                gone = [one for one in (told["emoji"],) if one not in wanted]
                await channel.react(sent, wanted, gone)

    def _outgoing(self, c: Connection, message_id: int, identity_id: int) -> Outgoing:
        return self._dress(c, outgoing(c, message_id, identity_id, voice=""))

    def _refused(self, c: Connection, job: Job, reason: str) -> None:
        if not jobs.finish(c, job):
            return
        _log.warning("amendment.refused", op=job.payload["op"], reason=reason)
        if job.payload["op"] in (amending.REACT, amending.TITLE):
            return  # a courtesy
        mine = messages.c.id == job.payload["message"]
        case_id = c.scalar(select(messages.c.case_id).where(mine))
        words = f"The customer still sees a message as it was sent: {reason}"
        cases.set_flag(c, case_id or 0, words, actor=SYSTEM, now=self._clock.now())


def _place(c: Connection, message_id: int) -> tuple[Place, str]:
    """Return where a message belongs, and its network's id."""
    row = c.execute(select(messages).where(messages.c.id == message_id)).one()
    return said.place_of(c, message_id), amending.network_id(c, row) or ""
