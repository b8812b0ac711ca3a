"""Every read of hubs: which cards a case has, what each shows, what is to be done next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, select

from bot.hub.rules import NAPS, NOBODY, PRIORITIES, STATUSES, LineState
from bot.hub.tables import hub_cards, hub_lines
from desk.agents.tables import agents, teams
from desk.cases import queries as cases
from desk.cases.queries import CaseRow
from desk.cases.rules import DONE, Status
from desk.messages.tables import attachments
from desk.ports.hub import HubCard, HubOption
from desk.ports.messages import OutboundFile
from desk.queues import queries as queues
from desk.sla import queries as sla

_MOST_AGENTS = 99  # networks show a hundred choices, one of them is nobody
_TO_DO = [LineState.WAITING.value, LineState.SENDING.value, LineState.WITHDRAW.value]


class Step(Struct, frozen=True, kw_only=True):
    """A card as it is, its face as it should be, and the first line that waits."""

    card: Row[Any]
    face: HubCard
    line: Row[Any] | None


class CaseLink(Struct, frozen=True):
    """A case that is shown without a card of its own."""

    case_id: int
    key: str


def step(c: Connection, card_id: int, public_url: str, now: datetime) -> Step:
    """Return what is to be done about a card."""
    card = c.execute(select(hub_cards).where(hub_cards.c.id == card_id)).one()
    waits = hub_lines.c.card_id == card_id, hub_lines.c.state.in_(_TO_DO)
    line = c.execute(select(hub_lines).where(*waits).order_by(hub_lines.c.id).limit(1)).first()
    return Step(card=card, face=face(c, card, public_url, now), line=line)


def cards_of(c: Connection, case_id: int) -> Sequence[Row[Any]]:
    """Return the cards of a case."""
    return c.execute(select(hub_cards).where(hub_cards.c.case_id == case_id)).all()


def card_at(c: Connection, inbox: str, place: str, thread: str) -> Row[Any] | None:
    """Return the card whose thread this is."""
    here = hub_cards.c.inbox == inbox, hub_cards.c.place == place, hub_cards.c.thread == thread
    return c.execute(select(hub_cards).where(*here, hub_cards.c.thread != "")).one_or_none()


def line_called(c: Connection, card_id: int, key: str) -> Row[Any] | None:
    """Return the line of a card with this key."""
    one = hub_lines.c.card_id == card_id, hub_lines.c.key == key
    return c.execute(select(hub_lines).where(*one)).one_or_none()


def line_at(c: Connection, card_id: int, external_id: str) -> Row[Any] | None:
    """Return the line that an agent wrote himself under this id."""
    one = hub_lines.c.card_id == card_id, hub_lines.c.external_id == external_id
    own = hub_lines.c.state == LineState.THEIRS.value
    return c.execute(select(hub_lines).where(*one, own).limit(1)).first()


def serves(c: Connection, team: str, queue_id: int) -> bool:
    """Return whether the cases of a queue are a team's; "" stands for everybody."""
    if not team:
        return True
    serving = queues.teams_of(c, queue_id)
    return not serving or c.scalar(select(teams.c.id).where(teams.c.name == team)) in serving


def files(c: Connection, message_id: int) -> tuple[OutboundFile, ...]:
    """Return the files of a message that can be passed on."""
    own = attachments.c.message_id == message_id, attachments.c.blob.is_not(None)
    return tuple(
        OutboundFile(name=row.name, mime=row.mime, size_bytes=row.size_bytes, blob=row.blob)
        for row in c.execute(select(attachments).where(*own).order_by(attachments.c.id))
    )


def face(c: Connection, card: Row[Any] | CaseLink, public_url: str, now: datetime) -> HubCard:
    """Return what a card should show of its case."""
    case = cases.by_id(c, card.case_id)
    clocks = [one for one in sla.clocks_of(c, case.id, now) if one.due_at and not one.ended_at]
    first = min(clocks, key=lambda one: one.due_at or now, default=None)
    owner = case.assignee_id, case.assignee_name
    is_done = Status(case.status) in DONE
    return HubCard(
        key=card.key,
        number=case.number,
        subject=case.subject,
        url=f"{public_url}/workspace/{case.number}",
        customer=case.customer_name or "Somebody",
        channel=case.channel,
        queue=case.queue_name,
        status=case.status,
        priority=case.priority,
        assignee=HubOption(str(owner[0]), owner[1] or "") if owner[0] else None,
        promise=first.metric.value.replace("_", " ") if first else "",
        due_at=first.due_at if first else None,
        broken=first is not None and first.breached_at is not None,
        snoozed_until=case.snoozed_until,
        flag=case.flag,
        note=_note(case),
        done=is_done or case.merged_into is not None,
        agents=() if is_done else (NOBODY, *_agents(c)),
        statuses=STATUSES,
        priorities=PRIORITIES,
        naps=NAPS,
    )


def _note(case: CaseRow) -> str:
    return f"merged into #{case.merged_into}" if case.merged_into is not None else ""


def _agents(c: Connection) -> list[HubOption]:
    working = select(agents.c.id, agents.c.name).where(agents.c.active)
    rows = c.execute(working.order_by(agents.c.name, agents.c.id).limit(_MOST_AGENTS))
    return [HubOption(str(row.id), row.name) for row in rows]
