"""What agents do in a hub, recorded: their words to the customer, notes, and changes to the case.

Who may act is whoever's account there is tied to an agent; anybody else there may leave a note.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.hub import actions, queries
from bot.hub.rules import LineKind, LineState
from bot.hub.whispers import whisper
from bot.intake import Desk
from channels import richtext
from desk.agents import accounts
from desk.cases import actions as cases
from desk.cases import snoozing, talk
from desk.cases.queries import by_id
from desk.cases.rules import Priority, Status
from desk.events import actors
from desk.kit.errors import DeskError, Invalid
from desk.kit.text import clean, indexed, one_line, without_tags
from desk.messages import amending
from desk.messages import queries as messages
from desk.messages.actions import NoteDraft, StoredFile
from desk.messages.reactions import react
from desk.ports.inbound import HubPressed, HubSaid
from desk.ports.messages import InboundMessage, MessageReacted

UNKNOWN = (
    "Parley does not know which agent you are, so nothing was done. Open “Accounts” in Parley and "
    "connect this account first."
)
_DIGITS = 19  # more than any id has
TAKE, SOLVE = "👀", "✅"  # what these emoji of an agent's do to a case


def take_link(c: Connection, desk: Desk, message: InboundMessage, now: datetime) -> bool:
    """Tie an account to the agent whose token it tells; return False for a customer's message."""
    token = message.link_token or ""
    if not desk.has_hubs or not token.startswith(accounts.PREFIX):
        return False
    channel, sender = desk.inbox.channel, message.sender
    name = one_line(sender.name or sender.username or sender.address)[:200]
    agent_id = accounts.tie(c, token, channel, sender.address, name, now=now)
    words = "This link has run out or was used. Make a new one under “Accounts” in Parley."
    if agent_id is not None:
        words = "Connected. What you write and choose on cases here is yours from now on."
    where = "", message.thread
    whisper(c, desk.inbox.key, where, sender.address, words, now=now)
    return True


def take_said(
    c: Connection,
    desk: Desk,
    said: HubSaid,
    files: tuple[StoredFile, ...],
    arrival_id: int,
    now: datetime,
) -> bool:
    """Record what somebody wrote in the thread of a card; return False when it is no card's."""
    card = queries.card_at(c, desk.inbox.key, said.place, said.thread)
    if card is None and said.to_customer and said.marked and not said.edits:
        _tell(c, desk, said, "Nothing was sent: this is no case's thread.", now)
    if card is None:
        return False
    heard = actions.Line(key=f"heard:{arrival_id}", kind=LineKind.HEARD, ref=arrival_id)
    actions.add(c, card.id, heard, state=LineState.OVER)
    agent_id = accounts.agent_of(c, desk.inbox.channel, said.sender.address)
    if said.edits:
        _try(c, desk, said, lambda: _amend(c, said, card.id, agent_id, now), now)
        return True
    if said.to_customer and agent_id is None:
        _tell(c, desk, said, UNKNOWN, now)
        return True

    def work() -> None:
        if said.to_customer:
            _reply(c, desk, said, files, card.id, agent_id or 0, now)
        else:
            _note(c, desk, said, files, card.id, agent_id, now)

    _try(c, desk, said, work, now)
    return True


def take_pressed(c: Connection, desk: Desk, pressed: HubPressed, now: datetime) -> bool:
    """Do what was chosen on a card; return False when it is none of ours."""
    card = queries.card_at(c, desk.inbox.key, pressed.place, pressed.thread)
    if card is None:
        return False
    agent_id = accounts.agent_of(c, desk.inbox.channel, pressed.sender.address)
    if agent_id is None:
        _tell(c, desk, pressed, UNKNOWN, now)
    else:
        _try(c, desk, pressed, lambda: _change(c, card.case_id, pressed, agent_id, now), now)
    actions.show_again(c, card.id)  # what was chosen there shows there, also when it was refused
    actions.wake(c, card.id, desk.inbox.key, now=now)
    return True


def take_emoji(
    c: Connection, desk: Desk, told: MessageReacted, message_id: int, now: datetime
) -> bool:
    """Take an agent's emoji on a message: 👀 is his case now, ✅ is done. False: a customer's."""
    agent_id = accounts.agent_of(c, desk.inbox.channel, told.sender.address)
    if agent_id is None:
        return False
    who = actors.agent(agent_id)
    case = by_id(c, messages.place_of(c, message_id).case_id)
    if TAKE in told.added and case.assignee_id is None:
        cases.assign(c, case.id, agent_id, actor=who, now=now)
    if SOLVE in told.added and case.status not in (Status.RESOLVED, Status.CLOSED):
        cases.set_status(c, case.id, Status.RESOLVED, actor=who, now=now)
    author, added, removed = f"agent:{agent_id}", told.added, told.removed
    react(c, message_id, author, added=added, removed=removed, actor=who, now=now)
    return True


def _reply(
    c: Connection,
    desk: Desk,
    said: HubSaid,
    files: tuple[StoredFile, ...],
    card_id: int,
    agent_id: int,
    now: datetime,
) -> None:
    card = actions.lock(c, card_id)
    words = talk.Reply(
        text=said.text,
        html=richtext.render_html(richtext.parse_markdown(said.text)),
        client_id=_key(desk, said),
        files=tuple(file for file in files if file.blob is not None),
    )
    message_id = talk.reply(c, card.case_id, words, actor=actors.agent(agent_id), now=now)
    if said.stands:
        line, theirs = actions.message_line(message_id), LineState.THEIRS
        actions.add(c, card_id, line, external_id=said.external_id, state=theirs)
    if lost := [file.name for file in files if file.blob is None]:
        _tell(c, desk, said, f"Sent without {', '.join(lost)}, which could not be fetched.", now)


def _note(
    c: Connection,
    desk: Desk,
    said: HubSaid,
    files: tuple[StoredFile, ...],
    card_id: int,
    agent_id: int | None,
    now: datetime,
) -> None:
    card = actions.lock(c, card_id)
    named = "".join(f"\n\n📎 {file.name}" for file in files)
    text = clean(said.text + named).strip()
    if agent_id is None:
        name = one_line(said.sender.name or said.sender.address)
        text = f"**{without_tags(name)}** (not connected):\n\n{text}"
    html = richtext.render_html(richtext.parse_markdown(text))
    draft = NoteDraft(case_id=card.case_id, text=text, html=html, client_id=_key(desk, said))
    actor = actors.SYSTEM if agent_id is None else actors.agent(agent_id)
    line = actions.note_line(talk.note(c, draft, actor=actor, now=now))
    theirs = LineState.THEIRS
    actions.add(c, card_id, line, external_id=said.external_id, state=theirs)


def _amend(c: Connection, said: HubSaid, card_id: int, agent_id: int | None, now: datetime) -> None:
    """Let the customer see what became of an agent's words. Raises DeskError with why not."""
    line = queries.line_at(c, card_id, said.external_id)
    if agent_id is None or line is None:
        return
    if line.kind != LineKind.MESSAGE:  # a note of his stays as it was written
        if said.to_customer and said.text:
            raise Invalid("This was a note and stays one. Write it anew to send it.")
        return
    if not said.to_customer:
        raise Invalid("What the customer has read cannot become a note. He reads it as it was.")
    who = actors.agent(agent_id)
    if not said.text:
        amending.take_back(c, line.ref, actor=who, now=now)
        return
    html = richtext.render_html(richtext.parse_markdown(said.text))
    amending.edit(c, line.ref, said.text, html, actor=who, now=now)
    actions.reworded(c, line.id, said.text)


def _change(c: Connection, case_id: int, pressed: HubPressed, agent_id: int, now: datetime) -> None:
    """Do one change to a case in an agent's name. Raises DeskError with why not."""
    who, value = actors.agent(agent_id), pressed.value
    try:
        match pressed.action:
            case "take":
                cases.assign(c, case_id, agent_id, actor=who, now=now)
            case "assign":
                cases.assign(c, case_id, _number(value) or None, actor=who, now=now)
            case "status":
                cases.set_status(c, case_id, Status(value), actor=who, now=now)
            case "priority":
                cases.set_priority(c, case_id, Priority(value), actor=who, now=now)
            case "snooze":
                until = now + timedelta(hours=_number(value))
                snoozing.snooze(c, case_id, until, keeps=False, actor=who, now=now)
            case "command":
                raise Invalid(f"{value} means nothing here. Write words, or use the buttons.")
    except (ValueError, OverflowError) as odd:
        raise Invalid("That cannot be chosen here.") from odd


def _number(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < _DIGITS):
        raise ValueError(value)
    return int(value)


def _try(
    c: Connection,
    desk: Desk,
    what: HubSaid | HubPressed,
    work: Callable[[], None],
    now: datetime,
) -> None:
    """Do it whole or not at all; whoever asked for it hears why not."""
    try:
        with c.begin_nested():
            work()
    except DeskError as refused:
        _tell(c, desk, what, f"Not done: {refused.reason}", now)


def _tell(c: Connection, desk: Desk, what: HubSaid | HubPressed, words: str, now: datetime) -> None:
    where = what.place, what.thread
    whisper(c, desk.inbox.key, where, what.sender.address, words, now=now)


def _key(desk: Desk, said: HubSaid) -> str:
    return indexed(f"hub {desk.inbox.key} {said.external_id}")
