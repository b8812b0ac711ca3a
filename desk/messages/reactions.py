"""Emoji on messages: of customers as their network tells them, of agents as it will show them."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, or_, select

from desk.db.upsert import insert_new
from desk.events import log
from desk.events.actors import Actor
from desk.events.facts import MessageReacted
from desk.kit.text import clean
from desk.messages.tables import messages, reactions

PALETTE = ("👍", "❤", "🎉", "👀", "🙏", "👏")  # every network that has reactions knows these
DESK = "desk"  # who marks messages of its own accord
_LONGEST = 64  # of an emoji, or its name where it is a picture of its network
_MOST = 20  # of one person on one message


class ReactionView(Struct, frozen=True, kw_only=True):
    """One emoji on a message: how many put it there, and which agents."""

    emoji: str
    count: int
    agents: list[int]


def react(
    c: Connection,
    message_id: int,
    by: str,
    *,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
    actor: Actor,
    now: datetime,
) -> bool:
    """Put emoji on a message and take others off; False when nothing changed.

    Args:
        by: `customer:IDENTITY`, `agent:ID` or `desk`.
    """
    case_id = c.scalar(select(messages.c.case_id).where(messages.c.id == message_id))
    changed = False
    for emoji in removed[:_MOST]:
        mine = (reactions.c.message_id == message_id, reactions.c.by == by)
        gone = c.execute(delete(reactions).where(*mine, reactions.c.emoji == _kept(emoji)))
        if gone.rowcount:
            changed = True
            _tell(c, case_id, message_id, emoji, False, actor=actor, now=now)
    for emoji in added[:_MOST]:
        row = {"message_id": message_id, "by": by, "emoji": _kept(emoji), "at": now}
        if row["emoji"] and insert_new(c, reactions, row, ["message_id", "by", "emoji"]):
            changed = True
            _tell(c, case_id, message_id, emoji, True, actor=actor, now=now)
    return changed


def ours(c: Connection, message_id: int) -> tuple[str, ...]:
    """Return the emoji that we put on a message: networks show one desk, not many people."""
    rows = c.scalars(
        select(reactions.c.emoji)
        .where(
            reactions.c.message_id == message_id,
            or_(reactions.c.by.like("agent:%"), reactions.c.by == DESK),
        )
        .order_by(reactions.c.at, reactions.c.emoji)
    )
    return tuple(dict.fromkeys(rows))


def of_messages(c: Connection, message_ids: Sequence[int]) -> dict[int, list[ReactionView]]:
    """Return the emoji on each of these messages that has any, the oldest first."""
    found: dict[int, dict[str, list[str]]] = {}
    rows = c.execute(
        select(reactions)
        .where(reactions.c.message_id.in_(message_ids))
        .order_by(reactions.c.at, reactions.c.emoji)
    )
    for row in rows:
        found.setdefault(row.message_id, {}).setdefault(row.emoji, []).append(row.by)
    return {
        message_id: [_view(emoji, people) for emoji, people in by_emoji.items()]
        for message_id, by_emoji in found.items()
    }


def _view(emoji: str, people: list[str]) -> ReactionView:
    agents = [int(one.removeprefix("agent:")) for one in people if one.startswith("agent:")]
    return ReactionView(emoji=emoji, count=len(people), agents=agents)


def _kept(emoji: str) -> str:
    return clean(emoji)[:_LONGEST]


def _tell(
    c: Connection,
    case_id: int | None,
    message_id: int,
    emoji: str,
    added: bool,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    fact = MessageReacted(message_id=message_id, emoji=_kept(emoji), added=added)
    log.append(c, fact, now=now, actor=actor, case_id=case_id)
