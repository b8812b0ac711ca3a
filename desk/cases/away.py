"""Who left a live conversation before reading our answer gets it as a letter, once, to answer to.

One letter for all that is unread, at most one in a quarter of an hour; read meanwhile, none. It
goes to a proved address of his, else to the one he typed: that one stays a customer of its own
until somebody says that they are one, and may answer in this case, because we wrote to it there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from desk.cases.actions import lock
from desk.cases.rules import Status
from desk.cases.tables import cases
from desk.customers import actions as customers
from desk.customers import queries as people
from desk.customers.queries import IdentityView
from desk.db import jobs
from desk.db.jobs import Job
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.facts import MessageSent, ReplyWritten
from desk.events.log import Event
from desk.kit.text import shorten
from desk.messages import actions as messages
from desk.messages import deliveries
from desk.messages.actions import Place, Written
from desk.messages.rules import DeliveryState
from desk.messages.tables import deliveries as sends
from desk.messages.tables import letters
from desk.messages.tables import messages as said
from desk.ports.messages import Assurance, Sender

AWAY = "away"  # the kind of job that looks whether one customer has read what we wrote
WAITS, BETWEEN = timedelta(minutes=10), timedelta(minutes=15)
_MOST = 10  # messages in one letter
_BACK = timedelta(days=1)  # older ones are nobody's news


def on_event(c: Connection, event: Event, inboxes: Mapping[str, str], *, now: datetime) -> None:
    """Look later whether an agent's live message was read. `inboxes`: where from, by where."""
    fact = event.fact
    if not isinstance(fact, MessageSent) or fact.author != "agent" or fact.inbox not in inboxes:
        return
    if event.at < now - _BACK:
        return
    identity_id = c.scalar(select(said.c.identity_id).where(said.c.id == fact.message_id))
    payload = {"identity": identity_id, "inbox": fact.inbox}
    key = f"{fact.inbox}:{identity_id}"
    jobs.enqueue(c, AWAY, payload, due_at=event.at + WAITS, key=key)


def write(
    c: Connection, job: Job, inboxes: Mapping[str, tuple[str, str]], words: str, *, now: datetime
) -> None:
    """Write the letter that a job is about, if anything is unread, and finish the job.

    Args:
        inboxes: by where the conversation is: the inbox that writes letters, and its channel.
        words: how a letter begins.

    Raises:
        Conflict: another worker has the job.
    """
    told = job.payload
    rows = _unread(c, told["identity"], told["inbox"], now)
    last = c.scalar(
        select(letters.c.written_at)
        .where(letters.c.identity_id == told["identity"])
        .order_by(letters.c.written_at.desc())
        .limit(1)
    )
    if rows and last is not None and last > now - BETWEEN:
        jobs.retry(c, job, due_at=last + BETWEEN)
        return
    jobs.conclude(c, job)
    inbox, channel = inboxes.get(told["inbox"], ("", ""))
    reader = people.identity(c, told["identity"])
    to = _address(c, reader, channel, now) if rows and inbox else None
    if to is None:
        return
    case = lock(c, rows[-1].case_id)
    if Status(case.status) == Status.CLOSED or case.merged_into_id is not None:
        return
    place = Place(case_id=case.id, identity_id=to, inbox=inbox, channel=channel)
    _send(c, rows, place, words, now)


def language_of(c: Connection, job: Job) -> str | None:
    """Return the language of the customer a job is about."""
    reader = people.identity(c, job.payload["identity"])
    return people.show(c, reader.customer_id).language


def _send(c: Connection, rows: Sequence[Row[Any]], place: Place, words: str, now: datetime) -> None:
    text = "\n\n".join([words, *(_quoted(row.text) for row in rows)])
    html = f"<p>{words}</p>" + "".join(f"<blockquote>{row.html or ''}</blockquote>" for row in rows)
    letter = Written(text=text, html=html, author="system")
    message_id = messages.write(c, letter, place, now=now)
    deliveries.queue(c, message_id, place, now=now)
    fact = ReplyWritten(message_id=message_id, author="system", inbox=place.inbox)
    log.append(c, fact, now=now, actor=SYSTEM, case_id=place.case_id)
    preview = {"last_message_at": now, "preview": shorten(rows[-1].text, 140)}
    c.execute(update(cases).where(cases.c.id == place.case_id).values(**preview))
    kept = [
        {"message_id": row.id, "letter_id": message_id, "identity_id": row.identity_id}
        | {"written_at": now}
        for row in rows
    ]
    c.execute(insert(letters), kept)


def _unread(c: Connection, identity_id: int, inbox: str, now: datetime) -> list[Row[Any]]:
    """Return the agents' messages of the last case that nobody has read, oldest first."""
    written = select(letters.c.message_id).where(letters.c.identity_id == identity_id)
    rows = c.execute(
        select(said)
        .join(sends, sends.c.message_id == said.c.id)
        .where(
            said.c.identity_id == identity_id,
            said.c.inbox == inbox,
            said.c.author == "agent",
            said.c.deleted_at.is_(None),
            said.c.created_at > now - _BACK,
            sends.c.state == DeliveryState.ACCEPTED.value,
            sends.c.part == 0,
            said.c.id.not_in(written),
        )
        .order_by(said.c.id.desc())
        .limit(_MOST)
    ).all()
    return [row for row in reversed(rows) if row.case_id == rows[0].case_id]


def _address(c: Connection, reader: IdentityView, channel: str, now: datetime) -> int | None:
    """Return the identity a letter goes to: a proved one of his, else who has what he typed."""
    for one in people.identities_of(c, reader.customer_id):
        if one.channel == channel and one.may_be_told:
            return one.id
    typed = reader.profile.get("email", "").strip().casefold()
    if "@" not in typed[1:-1]:
        return None
    sender = Sender(address=typed, email=typed, assurance=Assurance.NONE)
    known = customers.identify(c, channel, sender, actor=SYSTEM, now=now)
    found = people.identity(c, known.identity_id)
    return found.id if found.may_be_told else None


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())
