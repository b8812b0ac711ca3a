"""From the journal to the case: raw payloads accepted, then recorded by the real workers."""

import asyncio
import tempfile
import time
from pathlib import Path

from sqlalchemy import Connection, func, select

from channels.sandbox.paper import payload, said
from desk.db.open import open_database
from desk.db.tables import jobs
from desk.kit.clock import SystemClock
from desk.ports.channel import Arrival
from desk.ports.messages import Sender
from tests.bench.figures import Figure, calibrate, figure
from tests.bot.paper_desk import PaperDesk
from tests.schema import create_schema

CUSTOMERS = 100
WORKERS = 16  # as many as `work.recorders` has by default


async def measure(quick: bool) -> list[Figure]:
    """Return messages a second accepted, and recorded."""
    messages = 500 if quick else 2000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        await asyncio.to_thread(create_schema, str(path))
        db, calibration = open_database(str(path)), calibrate()
        desk = PaperDesk(db, SystemClock(), Path(folder))
        await desk.furnish()
        accepted = await _accepted(desk, messages)
        recorded = await _recorded(desk, messages)
        await db.close()
    return [
        figure("journal, accepted", accepted, "/s", calibration),
        figure("journal to case", recorded, "/s", calibration),
    ]


async def _accepted(desk: PaperDesk, messages: int) -> float:
    async def bring(customer: int) -> None:
        for number in range(messages // CUSTOMERS):
            who = f"c{customer}"
            one = said(f"{who}:{number}", "Where is it?", sender=Sender(address=who), thread=who)
            arrival = Arrival(dedupe_key=f"{who}:{number}", order_key=who, raw=payload(one))
            await desk.door.accept([arrival])

    started = time.perf_counter()
    await asyncio.gather(*(bring(customer) for customer in range(CUSTOMERS)))
    return messages / (time.perf_counter() - started)


async def _recorded(desk: PaperDesk, messages: int) -> float:
    started = time.perf_counter()
    working = asyncio.create_task(desk.recorder.run(WORKERS))
    while await desk.db.read(_left):  # noqa: ASYNC110 - looking costs what is measured
        await asyncio.sleep(0.02)
    took_s = time.perf_counter() - started
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    return messages / took_s


def _left(c: Connection) -> int:
    return c.execute(select(func.count()).select_from(jobs)).scalar_one()
