"""Letters to agents who are not looking: what waits for them, in one mail. Which and when."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from desk.agents.rules import Presence
from desk.agents.tables import agents
from desk.kit.ids import is_signed, sign
from desk.kit.text import one_line, shorten
from desk.notices import queries
from desk.notices.queries import NoticeView
from desk.ports.messages import StaffLetter

_PURPOSE = "notices.stop"


class Due(Struct, frozen=True, kw_only=True):
    """What is to be written to one agent now, if anything, and the notices it tells."""

    letter: StaffLetter | None = None
    notice_ids: tuple[int, ...] = ()
    until: datetime | None = None  # the last of them; what comes later is not in the letter


class Desk(Struct, frozen=True, kw_only=True):
    """What letters are written with: the desk's address and what it signs with."""

    public_url: str
    secret: str
    name: str = "Parley"


def due(c: Connection, agent_id: int, desk: Desk) -> Due:
    """Return what there is to write to an agent. Who is online sees it on his screen."""
    who = c.execute(select(agents).where(agents.c.id == agent_id)).one_or_none()
    wishes = queries.wishes(c, agent_id)
    if who is None or not who.active or who.presence == Presence.ONLINE:
        return Due()
    if not wishes.letters or wishes.unreachable:
        return Due()
    waiting = queries.untold(c, agent_id, wishes.muted)
    if not waiting:
        return Due()
    ids = tuple(one.id for one in waiting)
    letter = _letter(who.id, who.name, who.email, waiting, desk)
    return Due(letter=letter, notice_ids=ids, until=max(one.at for one in waiting))


def stop_token(secret: str, agent_id: int) -> str:
    """Return what stands in the address that stops letters to an agent."""
    return f"{agent_id}.{sign(secret, _PURPOSE, str(agent_id))}"


def whom_to_stop(secret: str, token: str) -> int | None:
    """Return the agent that a token was made for, None for a forged one."""
    agent_id, _, mark = token.partition(".")
    if not agent_id.isdecimal() or not is_signed(secret, _PURPOSE, agent_id, mark):
        return None
    return int(agent_id)


def _letter(
    agent_id: int, name: str, email: str, waiting: list[NoticeView], desk: Desk
) -> StaffLetter:
    cases = {one.case_id for one in waiting}
    first = waiting[0]
    more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
    return StaffLetter(
        agent_id=agent_id,
        key=waiting[-1].id,
        address=email,
        name=name,
        subject=shorten(f"{_headline(first)}{more}", 200),
        text="\n\n".join([*(_paragraph(one, desk.public_url) for one in waiting), _foot(desk)]),
        case_id=first.case_id if len(cases) == 1 else None,
        stop_url=f"{desk.public_url}/notices/stop/{stop_token(desk.secret, agent_id)}",
    )


def _headline(one: NoticeView) -> str:
    if one.number is None:
        return f"{one.words}: {one_line(one.detail)}"
    return f"#{one.number} {one.words}: {one_line(one.subject or '')}"


def _paragraph(one: NoticeView, url: str) -> str:
    by = f" ({one.by})" if one.by else ""
    often = f", {one.times} times" if one.times > 1 else ""
    lines = [f"{_headline(one)}{by}{often}"]
    if one.detail and one.number is not None:
        lines += [f"  {line}" for line in one.detail.splitlines()[:10]]
    if one.number is not None:
        lines.append(f"  {url}/workspace/{one.number}")
    return "\n".join(lines)


def _foot(desk: Desk) -> str:
    return f"{desk.name} writes this while you are not online. Change it: {desk.public_url}/notices"
