"""SIGKILL, twenty times, while answers are sent: none twice, none lost, every doubt shown."""

import asyncio
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select

from channels.sandbox.paper import on_paper, said
from desk.db.engine import Database
from desk.db.open import open_database
from desk.events.tables import events
from desk.kit.clock import SystemClock
from desk.messages.rules import DeliveryState
from desk.messages.tables import deliveries, messages
from desk.ports.messages import Sender
from tests.bot.paper_desk import PaperDesk
from tests.contracts import child_deliveries
from tests.contracts.child_paper import left
from tests.contracts.kill import killed

THREADS, EACH = 8, 25
AT_ONCE = 4  # sends under way in one life
KILLS = 20


async def queue_answers(db: Database, folder: Path) -> None:
    """Let Alice answer eight customers, 25 times each; every fifth answer has two parts."""
    desk = PaperDesk(db, SystemClock(), folder)
    await desk.furnish()
    async with desk.working():
        for thread in range(THREADS):
            who = Sender(address=f"t{thread}")
            message = said(f"m{thread}", "Hello?", thread=f"t{thread}", sender=who)
            await desk.arrive(f"{thread}", message, order=f"t{thread}")
        await desk.until(lambda c: not left(c))
    for number in range(EACH):
        for case in await desk.cases():
            text = f"{case.id}:{number}" + ("\n---\nmore" if number % 5 == 4 else "")
            await desk.answer(case.id, text)


def outcomes(c: Connection) -> list[Row[Any]]:
    """Return every delivery with its message's text, in the order of writing."""
    columns = (
        deliveries.c.message_id,
        deliveries.c.part,
        deliveries.c.state,
        deliveries.c.external_id,
        messages.c.case_id,
        messages.c.public_id,
    )
    query = select(*columns).join(messages, messages.c.id == deliveries.c.message_id)
    return list(c.execute(query.order_by(deliveries.c.message_id, deliveries.c.part)))


def told(c: Connection) -> Counter[tuple[str, int]]:
    """Return how often the log tells of each message's end."""
    kinds = ("message.sent", "delivery.failed")
    rows = c.execute(select(events.c.kind, events.c.body).where(events.c.kind.in_(kinds)))
    return Counter((row.kind, row.body["message_id"]) for row in rows)


def by_message(rows: list[Row[Any]]) -> dict[int, list[Row[Any]]]:
    """Return the parts of each message, in order."""
    parts: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        parts[row.message_id].append(row)
    return parts


@pytest.mark.slow
async def test_a_desk_killed_twenty_times_sends_nothing_twice_and_shows_every_doubt(
    database_url: str, tmp_path: Path
) -> None:
    database = open_database(database_url)
    await queue_answers(database, tmp_path)
    await database.close()
    child = child_deliveries.__name__
    hits = await asyncio.to_thread(killed, child, database_url, str(tmp_path), longest_ms=20)
    database = open_database(database_url)
    rows, ends = await database.read(outcomes), await database.read(told)
    waiting = await database.read(left)
    await database.close()
    lines = await asyncio.to_thread(on_paper, tmp_path)
    assert hits == KILLS
    assert waiting == 0
    assert_nothing_twice(rows, lines)
    assert_every_end_told(rows, ends)
    assert_in_order(lines)


def assert_nothing_twice(rows: list[Row[Any]], lines: list[dict[str, Any]]) -> None:
    """Each part that arrived is one line of the paper; one in doubt is one or none."""
    sent = Counter(line["id"].rpartition(":")[0] for line in lines)
    assert max(sent.values()) == 1
    ids = {line["id"] for line in lines}
    for row in rows:
        if row.state == DeliveryState.ACCEPTED:
            assert row.external_id in ids
    in_doubt = [row for row in rows if row.state == DeliveryState.UNCERTAIN]
    accepted = [row for row in rows if row.state == DeliveryState.ACCEPTED]
    assert len(accepted) <= len(lines) <= len(accepted) + len(in_doubt)
    assert 0 < len(in_doubt) <= KILLS * AT_ONCE


def assert_every_end_told(rows: list[Row[Any]], ends: Counter[tuple[str, int]]) -> None:
    """A message is sent, or in doubt: then what follows in it waits for a person's decision."""
    whole = by_message(rows)
    assert len(whole) == THREADS * EACH
    for message_id, parts in whole.items():
        states = [row.state for row in parts]
        while states[0] == DeliveryState.ACCEPTED and len(states) > 1:
            states.pop(0)
        first, *held_back = states
        assert first in (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN)
        assert set(held_back) <= {DeliveryState.QUEUED}
        kind = "message.sent" if first == DeliveryState.ACCEPTED else "delivery.failed"
        other = "delivery.failed" if first == DeliveryState.ACCEPTED else "message.sent"
        assert (ends[kind, message_id], ends[other, message_id]) == (1, 0)


def assert_in_order(lines: list[dict[str, Any]]) -> None:
    """What one customer got came in the order it was written."""
    by_thread: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        if line["part"] == 0:
            by_thread[line["thread"]].append(int(line["text"].partition(":")[2]))
    assert by_thread
    for numbers in by_thread.values():
        assert numbers == sorted(numbers)
