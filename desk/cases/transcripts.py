"""A live conversation as one letter: when its visitor asks for it, or when the case is resolved.

Only one that an agent took part in, and never twice as it stands. It goes where letters to who
left go; to an address that he only typed without his own words: nobody shall write to strangers
through us. Notes are no part of a conversation.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from html import escape
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, select

from desk.agents.tables import agents
from desk.cases.actions import lock
from desk.cases.letters import address_of, quoted, remember, send
from desk.cases.rules import Status
from desk.customers import queries as people
from desk.db import jobs
from desk.db.jobs import Job
from desk.events.facts import CaseResolved
from desk.events.log import Event
from desk.kit.locales import zone_of
from desk.messages import queries as said
from desk.messages.actions import Place, Written
from desk.messages.tables import attachments, messages

TRANSCRIPT = "transcript"  # the kind of job that writes one conversation
SETTLES = timedelta(minutes=5)  # a case that is opened again within is not resolved
BETWEEN = timedelta(minutes=15)
_BACK = timedelta(days=1)  # what was resolved before is nobody's news
_MOST, _LONGEST = 200, 100_000  # messages, characters; the last ones


class Style(Struct, frozen=True, kw_only=True):
    """How a transcript is written."""

    words: str  # it begins with
    you: str
    voice: str  # who speaks where no agent does
    plain: Callable[[str], tuple[str, str]]  # plain text as Markdown and as HTML


def on_event(c: Connection, event: Event, inboxes: Collection[str], *, now: datetime) -> None:
    """Write the conversations of a case that was resolved, in inboxes that want it, in a while."""
    if not isinstance(event.fact, CaseResolved) or event.at < now - _BACK:
        return
    talks = c.execute(
        select(messages.c.identity_id, messages.c.inbox)
        .where(messages.c.case_id == event.case_id, messages.c.inbox.in_(inboxes))
        .distinct()
    )
    for identity_id, inbox in talks.all():
        payload = {"case": event.case_id, "identity": identity_id, "inbox": inbox, "asked": False}
        key = f"resolved:{event.case_id}:{identity_id}"
        jobs.enqueue(c, TRANSCRIPT, payload, due_at=event.at + SETTLES, key=key)


def ask(c: Connection, case_id: int, identity_id: int, inbox: str, *, now: datetime) -> None:
    """Write a conversation now, because its visitor asks for it."""
    payload = {"case": case_id, "identity": identity_id, "inbox": inbox, "asked": True}
    jobs.enqueue(c, TRANSCRIPT, payload, due_at=now, key=f"asked:{case_id}:{identity_id}")


def language_of(c: Connection, job: Job) -> str | None:
    """Return the language of the customer a job is about."""
    reader = people.identity(c, job.payload["identity"])
    return people.show(c, reader.customer_id).language


def write(
    c: Connection, job: Job, inboxes: Mapping[str, tuple[str, str]], style: Style, *, now: datetime
) -> None:
    """Write the letter that a job is about, if there is something to write, and finish the job.

    Args:
        inboxes: by where the conversation is: the inbox that writes letters, and its channel.

    Raises:
        Conflict: another worker has the job.
    """
    told = job.payload
    case = lock(c, told["case"])
    before = _written(c, case.id, told["identity"])
    if told["asked"] and before is not None and before > now - BETWEEN:
        jobs.retry(c, job, due_at=before + BETWEEN)
        return
    jobs.conclude(c, job)
    is_done = Status(case.status) in (Status.RESOLVED, Status.CLOSED)
    rows = _talk(c, told) if told["asked"] or is_done else []
    inbox, channel = inboxes.get(told["inbox"], ("", ""))
    if not inbox or not any(row.author == "agent" for row in rows):
        return
    reader = people.identity(c, told["identity"])
    key = f"{_key(case.id, reader.id)}{rows[-1].id}"
    to = None if said.by_client_id(c, key) else address_of(c, reader, channel, now)
    if to is None:
        return
    shown = [row for row in rows if to.proved or row.author != "customer"]
    zone = zone_of(people.show(c, reader.customer_id).zone)
    letter = _letter(shown, _files(c, shown), style, zone, key)
    place = Place(case_id=case.id, identity_id=to.id, inbox=inbox, channel=channel)
    letter_id = send(c, letter, place, preview=rows[-1].text, now=now)
    ours = [(row.id, row.identity_id) for row in shown if row.author == "agent"]
    remember(c, ours, letter_id, now=now)


def _talk(c: Connection, told: Mapping[str, Any]) -> list[Row[Any]]:
    """Return what one reader and we said to each other there, oldest first."""
    found = c.execute(
        select(messages, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.id == messages.c.agent_id)
        .where(
            messages.c.case_id == told["case"],
            messages.c.identity_id == told["identity"],
            messages.c.inbox == told["inbox"],
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.id.desc())
        .limit(_MOST)
    ).all()
    size, rows = 0, list[Row[Any]]()
    for row in found:
        size += len(row.text)
        if rows and size > _LONGEST:
            break
        rows.append(row)
    return rows[::-1]


def _written(c: Connection, case_id: int, identity_id: int) -> datetime | None:
    """Return when this conversation was written last."""
    return c.scalar(
        select(messages.c.created_at)
        .where(
            messages.c.case_id == case_id,
            messages.c.client_id.startswith(_key(case_id, identity_id), autoescape=True),
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    )


def _key(case_id: int, identity_id: int) -> str:
    return f"transcript:{case_id}:{identity_id}:"


def _files(c: Connection, rows: Sequence[Row[Any]]) -> dict[int, list[str]]:
    """Return the names of the files of each message."""
    named: dict[int, list[str]] = {}
    ids = [row.id for row in rows]
    found = c.execute(
        select(attachments.c.message_id, attachments.c.name)
        .where(attachments.c.message_id.in_(ids))
        .order_by(attachments.c.id)
    )
    for message_id, name in found.all():
        named.setdefault(message_id, []).append(f"[{name}]")
    return named


def _letter(
    rows: Sequence[Row[Any]],
    files: Mapping[int, list[str]],
    style: Style,
    zone: tzinfo | None,
    key: str,
) -> Written:
    texts, pages = [style.words], [f"<p>{escape(style.words)}</p>"]
    for row in rows:
        his = row.author == "customer"
        name = style.you if his else row.agent_name or style.voice
        at = row.created_at.astimezone(zone) if zone else row.created_at
        head = f"{name}, {at:%Y-%m-%d %H:%M}" + ("" if zone else " UTC")
        text, html = style.plain(row.text) if his else (row.text, row.html or "")
        names = style.plain("\n".join(files.get(row.id, ())))
        body = "\n\n".join(filter(None, [text, names[0]]))
        texts.append(f"**{style.plain(head)[0]}**\n\n{quoted(body)}")
        quote = f"<blockquote>{html}{names[1]}</blockquote>"
        pages.append(f"<p><strong>{escape(head)}</strong></p>{quote}")
    return Written(text="\n\n".join(texts), html="".join(pages), author="system", client_id=key)
