"""Units of work a second: message, case and event in one commit, alone and in groups."""

import asyncio
import tempfile
import time
from pathlib import Path

from sqlalchemy import Connection

from bot import setup
from bot.config import Config, Inbox
from desk.cases import actions, talk
from desk.cases.actions import NewCase
from desk.customers.actions import identify
from desk.db.engine import Database
from desk.db.open import open_database
from desk.events.actors import SYSTEM
from desk.kit.clock import SystemClock
from desk.messages.actions import Place
from desk.ports.messages import InboundMessage, Sender
from tests.bench.figures import Figure, calibrate, figure
from tests.schema import create_schema

MANY = 64
_INBOX = "bench"


async def measure(quick: bool) -> list[Figure]:
    """Return units a second by one writer, and by many at once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        await asyncio.to_thread(create_schema, str(path))
        db, calibration = open_database(str(path)), calibrate()
        config = Config(inboxes={_INBOX: Inbox(channel="email")})
        await db.write(setup.apply, config, now=SystemClock().now())
        alone = await _rate(db, 1, 100 if quick else 400)
        together = await _rate(db, MANY, 640 if quick else 3200)
        await db.close()
    return [
        figure("units, one writer", alone, "/s", calibration),
        figure(f"units, {MANY} writers", together, "/s", calibration),
    ]


async def _rate(db: Database, writers: int, units: int) -> float:
    async def write(writer: int) -> None:
        for number in range(units // writers):
            await db.write(_unit, f"{writers}:{writer}:{number}")

    started = time.perf_counter()
    await asyncio.gather(*(write(writer) for writer in range(writers)))
    return units / (time.perf_counter() - started)


def _unit(c: Connection, key: str) -> None:
    """Open a case for a customer's first message."""
    now, sender = SystemClock().now(), Sender(address=f"{key}@customers.example", name="Ada")
    known = identify(c, "email", sender, actor=SYSTEM, now=now)
    new = NewCase(
        subject="Where is my lamp?",
        customer_id=known.customer_id,
        queue_id=1,
        inbox=_INBOX,
        channel="email",
    )
    case_id = actions.open_case(c, new, actor=SYSTEM, now=now)
    place = Place(case_id=case_id, identity_id=known.identity_id, inbox=_INBOX, channel="email")
    said = InboundMessage(external_id=key, sender=sender, thread="", text="Where is my lamp?")
    talk.take_in(c, said, place, (), actor=SYSTEM, arrival_id=None, now=now)
