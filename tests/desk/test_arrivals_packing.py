"""Payloads come out of the journal as they went in, whatever they are, and text takes less room."""

import os

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from desk.arrivals import actions, queries
from desk.arrivals.packing import packed, unpacked
from desk.arrivals.tables import arrivals
from desk.db.engine import Database
from desk.ports.channel import Arrival
from tests.desk.served import MONDAY

LETTER = b"From: Ada <ada@example.org>\r\nSubject: My lamp\r\n\r\n" + b"Where is it? " * 400


@given(st.binary(max_size=4000) | st.binary(max_size=40).map(lambda part: part * 100))
def test_what_is_packed_is_unpacked_to_the_byte(raw: bytes) -> None:
    kept = packed(raw)
    assert unpacked(kept.raw, kept.packing) == raw
    assert len(kept.raw) <= len(raw)


def test_what_would_not_become_smaller_or_only_slowly_is_left_alone() -> None:
    noise = os.urandom(5000)
    assert packed(noise).raw is noise
    assert packed(b"short").packing is None
    assert packed(b"x" * 600_000).packing is None
    assert packed(LETTER).packing == "zlib"


async def test_the_journal_gives_back_what_it_was_given(database: Database) -> None:
    raws = [LETTER, b"", b"\x00\xff", os.urandom(3000), b"y" * 600_000]

    def come(c: Connection) -> None:
        sent = [Arrival(dedupe_key=str(n), order_key="", raw=raw) for n, raw in enumerate(raws)]
        actions.accept(c, "mail", sent, now=MONDAY)
        actions.quarantine(c, 1, "why", now=MONDAY)

    await database.write(come)
    found = await database.read(queries.fetch_many, [1, 2, 3, 4, 5])
    assert [one.raw for one in found] == raws
    (aside,) = await database.read(queries.set_aside)
    assert aside.size_bytes == len(LETTER)
    stored = await database.read(
        lambda c: c.scalar(select(arrivals.c.raw).where(arrivals.c.id == 1))
    )
    assert len(stored or b"") < len(LETTER) / 10
