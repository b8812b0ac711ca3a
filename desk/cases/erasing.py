"""Taking a person out of cases: what they say of him, and what still waits in them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from desk.cases.actions import lock, move
from desk.cases.held import HELD
from desk.cases.rules import ACTIVE, Status
from desk.cases.tables import automatic_answers, case_moves, cases, no_thanks, token_uses
from desk.cases.thanks import words_of
from desk.db import search
from desk.db.tables import jobs
from desk.events.actors import SYSTEM
from desk.kit.text import indexed

_SHORT = 500  # letters; longer ones are never taken for thanks
SUBJECT = "(erased)"


def of_customers(c: Connection, customer_ids: Collection[int]) -> list[int]:
    """Return the cases of these customers."""
    mine = select(cases.c.id).where(cases.c.customer_id.in_(customer_ids))
    return list(c.scalars(mine.order_by(cases.c.id)))


def forget_thanks(c: Connection, texts: Collection[str]) -> None:
    """Forget these words where they were learned to be not only thanks."""
    words = {indexed(words_of(text)) for text in texts if len(text) <= _SHORT}
    if words:
        c.execute(delete(no_thanks).where(no_thanks.c.words.in_(words)))


def erase(c: Connection, case_ids: Collection[int], *, now: datetime) -> None:
    """Leave of cases their numbers, times and figures; those that go on are closed."""
    for case_id in case_ids:
        row = lock(c, case_id)
        if row.status in ACTIVE:
            move(c, row, Status.RESOLVED, actor=SYSTEM, now=now)
            row = lock(c, case_id)
        if row.status == Status.RESOLVED:
            move(c, row, Status.CLOSED, actor=SYSTEM, now=now)
        search.remove(c, search.CASE, case_id)
        c.execute(delete(token_uses).where(token_uses.c.token.like(f"c{case_id}.%")))
        c.execute(delete(token_uses).where(token_uses.c.token.like(f"c.{case_id}.%")))
        of_case = (jobs.c.kind == HELD, jobs.c.order_key == f"case:{case_id}")
        c.execute(delete(jobs).where(*of_case))
    gone = {"subject": SUBJECT, "preview": "", "flag": "", "thread": ""}
    c.execute(update(cases).where(cases.c.id.in_(case_ids)).values(**gone))
    c.execute(delete(automatic_answers).where(automatic_answers.c.case_id.in_(case_ids)))
    moved = or_(case_moves.c.from_id.in_(case_ids), case_moves.c.to_id.in_(case_ids))
    for row in c.execute(select(case_moves).where(moved)).all():
        before = {key: "" if key in gone else value for key, value in row.before.items()}
        c.execute(update(case_moves).where(case_moves.c.id == row.id).values(before=before))
