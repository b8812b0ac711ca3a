"""A word to one person in a hub: why what he did there was not done."""

from datetime import datetime

from sqlalchemy import Connection

from desk.db import jobs

WHISPER = "hub-whisper"  # the kind of job


def whisper(
    c: Connection, inbox: str, where: tuple[str, str], address: str, words: str, *, now: datetime
) -> None:
    """Tell the person behind `address` something, in the `where`: place and thread."""
    place, thread = where
    payload = {"place": place, "thread": thread, "address": address, "words": words}
    jobs.enqueue(c, WHISPER, payload, due_at=now, lane=inbox)
