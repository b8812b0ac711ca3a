"""Every write about hubs: cards, the lines in their threads, and the job that shows them."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, and_, or_, select, update

from bot.hub.rules import RECENT, Hub, LineKind, LineState, words_now
from bot.hub.tables import hub_cards, hub_lines
from desk.arrivals.erasing import erase_payloads
from desk.cases.tables import cases
from desk.customers.erasing import Person
from desk.db import jobs
from desk.db.jobs import Job
from desk.db.upsert import insert_new
from desk.kit.ids import new_id
from desk.messages.tables import messages

SHOW = "hub"  # the kind of job that brings one card up to date


class Line(Struct, frozen=True, kw_only=True):
    """Something to be said in the thread of a card; the same `key` is said once."""

    key: str
    kind: LineKind
    ref: int | None = None
    words: str = ""
    call: tuple[int, ...] = ()
    call_group: bool = False


def put_up(c: Connection, hub: Hub, case_id: int, *, now: datetime) -> int:
    """Give a case a card in a hub, with what was said last, and return the card's id."""
    row = {"case_id": case_id, "inbox": hub.inbox, "place": hub.place, "key": new_id()}
    row |= {"thread": "", "under_way": False, "shown": "", "made_at": now}
    fresh = insert_new(c, hub_cards, row, ["case_id", "inbox", "place"])
    card_id = c.execute(
        select(hub_cards.c.id).where(
            hub_cards.c.case_id == case_id,
            hub_cards.c.inbox == hub.inbox,
            hub_cards.c.place == hub.place,
        )
    ).scalar_one()
    if fresh:
        said = select(messages.c.id).where(messages.c.case_id == case_id)
        said = said.where(messages.c.deleted_at.is_(None)).order_by(messages.c.id.desc())
        for message_id in reversed(list(c.scalars(said.limit(RECENT)))):
            add(c, card_id, message_line(message_id))
    return int(card_id)


def message_line(message_id: int) -> Line:
    """Return the line that shows a message."""
    return Line(key=f"message:{message_id}", kind=LineKind.MESSAGE, ref=message_id)


def note_line(note_id: int) -> Line:
    """Return the line that shows a note."""
    return Line(key=f"note:{note_id}", kind=LineKind.NOTE, ref=note_id)


def add(
    c: Connection,
    card_id: int,
    line: Line,
    *,
    external_id: str = "",
    state: LineState = LineState.WAITING,
) -> bool:
    """Add a line to a card; return False when it has it. What stands there has an external id."""
    row = {"card_id": card_id, "key": line.key, "kind": line.kind.value, "ref": line.ref}
    row |= {"words": line.words, "call": list(line.call), "call_group": line.call_group}
    row |= {"external_id": external_id, "state": state.value}
    return insert_new(c, hub_lines, row, ["card_id", "key"])


def wake(c: Connection, card_id: int, inbox: str, *, now: datetime) -> None:
    """Bring a card up to date now; while it is locked, nobody ends that work unseen."""
    lock(c, card_id)
    key = str(card_id)
    if not jobs.enqueue(c, SHOW, {"card": card_id}, due_at=now, lane=inbox, key=key):
        jobs.hasten(c, SHOW, key, due_at=now)


def lock(c: Connection, card_id: int) -> Row[Any]:
    """Return a card's row, kept from others until the unit ends."""
    return c.execute(select(hub_cards).where(hub_cards.c.id == card_id).with_for_update()).one()


def going_up(c: Connection, card_id: int) -> None:
    """Mark a card as being put up: after a crash it may stand there."""
    c.execute(update(hub_cards).where(hub_cards.c.id == card_id).values(under_way=True))


def shown(c: Connection, card_id: int, thread: str, face: str) -> None:
    """Keep where a card stands and what it shows."""
    row = {"thread": thread, "shown": face, "under_way": False}
    c.execute(update(hub_cards).where(hub_cards.c.id == card_id).values(**row))


def show_again(c: Connection, card_id: int) -> None:
    """Show a card once more, even as it was: it may look otherwise where it stands."""
    c.execute(update(hub_cards).where(hub_cards.c.id == card_id).values(shown=""))


def lost(c: Connection, card_id: int) -> None:
    """Put a card up anew: somebody removed it. What was said in its thread is not said again."""
    row = {"thread": "", "shown": "", "under_way": False, "key": new_id()}
    c.execute(update(hub_cards).where(hub_cards.c.id == card_id).values(**row))


def mark(c: Connection, line_id: int, state: LineState, external_id: str | None = None) -> None:
    """Keep how far a line is, and its id once it stands there."""
    row = {"state": state.value} | ({} if external_id is None else {"external_id": external_id})
    c.execute(update(hub_lines).where(hub_lines.c.id == line_id).values(**row))


def reworded(c: Connection, line_id: int, text: str) -> None:
    """Keep that an agent's line says `text` where it stands: he changed it there himself."""
    row = {"words": words_now(text)}
    c.execute(update(hub_lines).where(hub_lines.c.id == line_id).values(**row))


def conclude(c: Connection, job: Job, face: str) -> bool:
    """Finish the work on a card that shows `face`; return False when there is more by now.

    Raises:
        Conflict: another worker has the job.
    """
    card = lock(c, job.payload["card"])
    to_do = [LineState.WAITING.value, LineState.SENDING.value, LineState.WITHDRAW.value]
    open_lines = select(hub_lines.c.id).where(
        hub_lines.c.card_id == card.id, hub_lines.c.state.in_(to_do)
    )
    if card.shown != face or c.execute(open_lines.limit(1)).first() is not None:
        return False
    jobs.conclude(c, job)
    return True


def leave_out(c: Connection, card_id: int, line_id: int, reason: str) -> None:
    """Go on without a line that its network refuses, and say so in its place."""
    mark(c, line_id, LineState.OVER)
    words = f"⚠️ Something is not shown here: {reason} Read it in Parley."
    line = Line(key=f"left out:{line_id}", kind=LineKind.NEWS, words=words)
    if c.scalar(select(hub_lines.c.kind).where(hub_lines.c.id == line_id)) != LineKind.NEWS:
        add(c, card_id, line)


def withdraw(c: Connection, who: Person, *, now: datetime) -> None:
    """Take back what hubs show of a person's words, and forget what agents said of his cases."""
    own = select(cases.c.id).where(cases.c.customer_id.in_(who.customer_ids))
    his_cards = select(hub_cards.c.id).where(hub_cards.c.case_id.in_(own))
    his_words = select(messages.c.id).where(messages.c.identity_id.in_(who.identity_ids))
    is_message = hub_lines.c.kind == LineKind.MESSAGE.value
    his = or_(hub_lines.c.card_id.in_(his_cards), and_(is_message, hub_lines.c.ref.in_(his_words)))
    rows = c.execute(select(hub_lines).where(his)).all()
    erase_payloads(c, [row.ref for row in rows if row.kind == LineKind.HEARD])
    becomes = {
        LineState.SHOWN.value: LineState.WITHDRAW.value,
        LineState.SENDING.value: LineState.WITHDRAW.value,
        LineState.WAITING.value: LineState.OVER.value,
    }
    for row in rows:
        after = {"words": "", "state": becomes.get(row.state, row.state)}
        c.execute(update(hub_lines).where(hub_lines.c.id == row.id).values(**after))
    touched = {row.card_id for row in rows} | set(c.scalars(his_cards))
    for card in c.execute(select(hub_cards).where(hub_cards.c.id.in_(touched))).all():
        wake(c, card.id, card.inbox, now=now)
