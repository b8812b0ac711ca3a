"""One seeded case: what happened, step by step, and the rows that the desk's own units would leave.

Kept in step with `desk.cases.talk` and `desk.cases.actions` by tests/bot/test_seed.py.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Any

from msgspec import Struct

from bot.demo.seed_people import Writer
from bot.demo.seed_rows import Happened, Rows
from desk.cases.rules import DONE, Status, after_inbound
from desk.cases.tables import cases, episodes
from desk.db import search
from desk.db.search import Document
from desk.events.actors import SYSTEM, Actor, agent, customer
from desk.events.fact import Fact
from desk.events.facts import (
    CaseAssigned,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    CaseResolved,
    CaseStatusChanged,
    DeliveryFailed,
    MessageReceived,
    MessageSent,
    NoteAdded,
    ReplyWritten,
)
from desk.kit.text import shorten
from desk.messages.rules import DeliveryState
from desk.messages.tables import deliveries, external_ids, messages, notes
from desk.sla.rules import Answered, Happening, Opened, StatusSet, Traits

_SENT_AFTER = timedelta(seconds=2)
_PREVIEW = 140
_SUBJECT = 250


class Begun(Struct, frozen=True, kw_only=True):
    """How a case begins."""

    number: int
    subject: str
    kind: str
    priority: str
    queue_id: int
    inbox: str


class CaseStory:
    """A case being told: each verb is something that happened at a time not before the last."""

    def __init__(self, rows: Rows, writer: Writer, begun: Begun, at: datetime) -> None:
        self.happenings: list[Happening] = []
        self._rows = rows
        self._writer = writer
        self._begun = begun
        self._last_external: str | None = None
        self._thread = _thread(writer)
        self.case = self._opened(at)
        self._episode = self._new_episode(at)

    @property
    def status(self) -> Status:
        """Where the case stands."""
        return Status(self.case["status"])

    def written(self, text: str, at: datetime) -> None:
        """The customer writes."""
        message_id = self._message({"author": "customer", "text": text, "sent_at": at}, at)
        self._last_external = self._remember(message_id, f"in:{message_id}")
        fact = MessageReceived(
            message_id=message_id, inbox=self._begun.inbox, channel=self._writer.channel
        )
        self._tell(fact, self._customer, at)
        case = self.case
        case |= {"last_inbound_at": at, "unanswered_since": case["unanswered_since"] or at}
        self.move(after_inbound(self.status), self._customer, at)

    def assigned(self, agent_id: int, at: datetime) -> None:
        """The case gets its agent."""
        fact = CaseAssigned(before=self.case["assignee_id"], after=agent_id)
        self.case |= {"assignee_id": agent_id, "assigned_at": at}
        self._tell(fact, SYSTEM, at)

    def answered(self, text: str, at: datetime, *, then: Status, outcome: DeliveryState) -> None:
        """The case's agent answers; `outcome` is what becomes of the delivery."""
        who, case = agent(case_agent(self.case)), self.case
        words = {"author": "agent", "agent_id": who.id, "text": text, "html": _html(text)}
        message_id = self._message(words | {"in_reply_to": self._last_external}, at)
        fact = ReplyWritten(message_id=message_id, author="agent", inbox=self._begun.inbox)
        self._tell(fact, who, at)
        case |= {"unanswered_since": None, "first_reply_at": case["first_reply_at"] or at}
        self._episode["first_reply_at"] = self._episode["first_reply_at"] or at
        if self.status not in (then, *DONE):
            self.move(then, who, at)
        self._delivered(message_id, outcome, at)

    def noted(self, text: str, at: datetime) -> None:
        """The case's agent writes something for colleagues."""
        note_id, who = self._rows.id(notes), case_agent(self.case)
        row = {"id": note_id, "case_id": self.case["id"], "agent_id": who, "text": text}
        self._rows.add(
            notes,
            {
                **row,
                "public_id": self._rows.public_id(at),
                "html": _html(text),
                "client_id": None,
                "created_at": at,
            },
        )
        self._tell(NoteAdded(note_id=note_id), agent(who), at)

    def move(self, after: Status, who: Actor, at: datetime) -> None:
        """The status becomes another one; the same again changes nothing."""
        case, before = self.case, self.status
        if after == before:
            return
        case["status"] = after.value
        self.happenings.append(StatusSet(at, after.value))
        self._tell(CaseStatusChanged(before=before.value, after=after.value), who, at)
        if after == Status.RESOLVED:
            case |= {"resolved_at": at, "unanswered_since": None}
            self._episode["resolved_at"] = at
            self._tell(CaseResolved(episode=case["episode"]), who, at)
        elif after == Status.CLOSED:
            case["closed_at"] = at
            self._tell(CaseClosed(), who, at)
        elif before == Status.RESOLVED:
            case |= {"resolved_at": None, "episode": case["episode"] + 1}
            self._episode = self._new_episode(at)
            reason = "the customer wrote again"
            self._tell(CaseReopened(episode=case["episode"], reason=reason), who, at)

    @property
    def _customer(self) -> Actor:
        return customer(self._writer.person.id)

    def _opened(self, at: datetime) -> dict[str, Any]:
        begun, writer, rows = self._begun, self._writer, self._rows
        row: dict[str, Any] = {
            "id": rows.id(cases),
            "number": begun.number,
            "public_id": rows.public_id(at),
            "subject": shorten(begun.subject, _SUBJECT),
            "kind": begun.kind,
            "status": Status.NEW.value,
            "priority": begun.priority,
            "customer_id": writer.person.id,
            "queue_id": begun.queue_id,
            "inbox": begun.inbox,
            "channel": writer.channel,
            "thread": self._thread,
            "with_bot": False,
            "language": writer.person.language,
            "episode": 1,
            "preview": "",
            "flag": "",
            "opened_at": at,
            "last_message_at": at,
        }
        row |= dict.fromkeys(_LATER)
        self.case = rows.add(cases, row)
        found = f"{begun.number} {row['subject']}"
        rows.documents[search.CASE].append(Document(row["id"], found, ""))
        traits = Traits(begun.queue_id, writer.channel, begun.inbox, begun.priority)
        self.happenings.append(Opened(at, traits))
        fact = CaseOpened(
            number=begun.number,
            queue_id=begun.queue_id,
            inbox=begun.inbox,
            channel=writer.channel,
            priority=begun.priority,
        )
        self._tell(fact, self._customer, at)
        return row

    def _new_episode(self, at: datetime) -> dict[str, Any]:
        ends: dict[str, Any] = {"first_reply_at": None, "resolved_at": None}
        of = {"case_id": self.case["id"], "episode": self.case["episode"], "opened_at": at}
        return self._rows.add(episodes, {**of, **ends})

    def _message(self, words: Mapping[str, Any], at: datetime) -> int:
        rows, message_id = self._rows, self._rows.id(messages)
        subject = self._begun.subject if words["author"] == "customer" else None
        mail = self._writer.channel == "email"
        rows.add(
            messages,
            {
                **dict.fromkeys(_SAID),
                "id": message_id,
                "public_id": rows.public_id(at),
                "case_id": self.case["id"],
                "identity_id": self._writer.identity_id,
                "inbox": self._begun.inbox,
                "channel": self._writer.channel,
                "thread": self._thread,
                "subject": subject if mail else None,
                "choices": [],
                "created_at": at,
                **words,
            },
        )
        title = (subject or "") if mail else ""
        rows.documents[search.MESSAGE].append(Document(message_id, title, f"{words['text']}\n"))
        self.case |= {"last_message_at": at, "preview": shorten(words["text"], _PREVIEW)}
        return message_id

    def _delivered(self, message_id: int, outcome: DeliveryState, at: datetime) -> None:
        delivery_id, arrived = self._rows.id(deliveries), outcome != DeliveryState.FAILED
        sent_at = at + _SENT_AFTER
        reason = "" if arrived else "The network refused it: no such recipient."
        external_id = self._remember(message_id, f"out:{message_id}") if arrived else None
        self._rows.add(
            deliveries,
            {
                "id": delivery_id,
                "public_id": self._rows.public_id(at),
                "message_id": message_id,
                "identity_id": self._writer.identity_id,
                "inbox": self._begun.inbox,
                "part": 0,
                "state": outcome.value,
                "attempts": 1,
                "external_id": external_id,
                "reason": reason,
                "plain": False,
                "detached": False,
                "queued_at": at,
                "retry_at": None,
                "settled_at": sent_at,
            },
        )
        if arrived:
            fact: Fact = MessageSent(message_id=message_id, author="agent", inbox=self._begun.inbox)
            self.happenings.append(Answered(sent_at))
        else:
            fact = DeliveryFailed(
                message_id=message_id,
                delivery_id=delivery_id,
                state=outcome.value,
                reason=reason,
            )
        self._tell(fact, SYSTEM, sent_at)

    def _remember(self, message_id: int, name: str) -> str:
        external_id = f"<seed.{name}@seed.example>" if self._writer.channel == "email" else name
        row = {"inbox": self._begun.inbox, "external_id": f"seed:{external_id}"}
        self._rows.add(external_ids, {**row, "message_id": message_id})
        return row["external_id"]

    def _tell(self, fact: Fact, who: Actor, at: datetime) -> None:
        at_case, of = self.case["id"], self.case["customer_id"]
        self._rows.happened.append(
            Happened(at=at, fact=fact, actor=who, case_id=at_case, customer_id=of)
        )


def case_agent(case: Mapping[str, Any]) -> int:
    """Return who has a case that somebody has."""
    agent_id: int = case["assignee_id"]
    return agent_id


_LATER = (
    *("assignee_id", "assigned_at", "unanswered_since", "follows_id", "snoozed_until"),
    *("first_reply_at", "last_inbound_at", "resolved_at", "closed_at"),
)
_SAID = (
    *("agent_id", "html", "full_text", "in_reply_to", "automation", "client_id"),
    *("arrival_id", "sent_at", "edited_at", "deleted_at"),
)


def _thread(writer: Writer) -> str:
    """Return the conversation as the channel would name it."""
    match writer.channel:
        case "email":
            return ""
        case "slack":
            team, _, person = writer.address.partition(":")
            return f"{team}:D{person[1:]}:"
    return writer.address


def _html(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"
