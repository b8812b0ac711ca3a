"""When a customer can expect an answer: opening hours, his place in line, how fast we were."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from desk.cases import queries as cases
from desk.cases.tables import cases as case_rows
from desk.cases.tables import episodes
from desk.ports.outlook import Outlook
from desk.queues import queries as queues
from desk.routing.line import ahead_of
from desk.sla.calendars import business_hours
from desk.sla.hours import ALWAYS, BusinessHours, working_time

_AHEAD = timedelta(days=21)  # how far the next opening is looked for
_SINCE = timedelta(days=7)  # answers older than this say nothing of today
_FEWEST, _MOST = 10, 100  # answers, to say anything of them
_SHARE = 0.8  # of the customers: "most"


def outlook(c: Connection, inbox_key: str, thread: str, *, now: datetime) -> Outlook:
    """Return what an inbox can honestly promise, and where a conversation of it stands in line."""
    inbox = queues.inbox(c, inbox_key)
    calendar = queues.calendar_of_queue(c, inbox.queue_id)
    hours = business_hours(calendar.zone, calendar.weekly, calendar.special) if calendar else ALWAYS
    is_open = hours.is_open(now)
    openings = [] if is_open else hours.openings(now, now + _AHEAD)
    case_id = cases.of_thread(c, inbox_key, thread)
    return Outlook(
        is_open=is_open,
        bot=inbox.bot,
        opens_at=openings[0][0] if openings else None,
        ahead=ahead_of(c, case_id) if is_open and case_id is not None else None,
        reply_s=_usual_s(c, inbox_key, hours, now) if is_open else None,
    )


def _usual_s(c: Connection, inbox_key: str, hours: BusinessHours, now: datetime) -> int | None:
    """Return the working time within which most of the latest cases had their first answer.

    Cases without one count as they wait now: silence must not look like speed.
    """
    rows = c.execute(
        select(episodes.c.opened_at, episodes.c.first_reply_at)
        .join(case_rows, case_rows.c.id == episodes.c.case_id)
        .where(
            case_rows.c.inbox == inbox_key,
            case_rows.c.with_bot.is_(False),
            episodes.c.opened_at > now - _SINCE,
            episodes.c.first_reply_at.is_not(None) | episodes.c.resolved_at.is_(None),
        )
        .order_by(episodes.c.id.desc())
        .limit(_MOST)
    ).all()
    if sum(row.first_reply_at is not None for row in rows) < _FEWEST:
        return None
    took = sorted(working_time(row.opened_at, row.first_reply_at or now, hours) for row in rows)
    return round(took[int(len(took) * _SHARE)].total_seconds())
