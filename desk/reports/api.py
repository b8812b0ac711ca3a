"""The JSON API of reports: the same figures as the pages, from the same functions."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from desk.http import Call, Need, Page, Routes, decode_cursor, encode_cursor
from desk.reports import queries
from desk.reports.breaches import Breach, breaches
from desk.reports.measures import MEASURES, Measure
from desk.reports.periods import Period, period_of
from desk.reports.queries import Narrow, SlaReport
from desk.reports.ratings import RatingReport, rating_report
from desk.reports.wallboard import Wallboard, wallboard
from desk.routing.api import SLOTS

routes = Routes()
PAGE = 50


class ReportQuery(Struct, frozen=True, kw_only=True):
    """Which days and which promises; `first` and `last` win over `days`."""

    days: Literal[1, 7, 30, 90, 365] = 30
    first: date | None = None
    last: date | None = None
    channel: str | None = None
    queue: Annotated[int, Meta(ge=1, le=2**62)] | None = None
    priority: str | None = None
    after: str | None = None  # of the list of breaches: `next` of the page before

    @property
    def narrow(self) -> Narrow:
        """What the report is narrowed to."""
        return Narrow(channel=self.channel, queue_id=self.queue, priority=self.priority)


async def period_for(call: Call, query: ReportQuery) -> Period:
    """Return the days asked for, in the desk's zone. Raises Invalid."""
    zone = await call.db.read(queries.desk_zone)
    return period_of(call.clock.now(), zone, query.days, query.first, query.last)


async def breaches_page(call: Call, query: ReportQuery, period: Period) -> Page[Breach]:
    """Return one page of the list of breaches. Raises Invalid for a cursor that is not ours."""
    before = decode_cursor(query.after, tuple[datetime, int]) if query.after else None
    found = await call.db.read(
        breaches, period, query.narrow, call.clock.now(), before=before, limit=PAGE + 1
    )
    last = found[PAGE - 1] if len(found) > PAGE else None
    cursor = encode_cursor(last.breached_at, last.id) if last else None
    return Page(found[:PAGE], cursor)


@routes.get("/api/v1/reports/sla", needs=Need.SUPERVISOR)
async def sla_figures(call: Call, query: ReportQuery) -> SlaReport:
    """Return attainment and times of a period, broken down, with the period before."""
    period = await period_for(call, query)
    return await call.db.read(queries.sla_report, period, query.narrow)


@routes.get("/api/v1/reports/sla/breaches", needs=Need.SUPERVISOR)
async def sla_breaches(call: Call, query: ReportQuery) -> Page[Breach]:
    """Return the broken promises of a period, the latest first."""
    return await breaches_page(call, query, await period_for(call, query))


@routes.get("/api/v1/reports/ratings", needs=Need.SUPERVISOR)
async def rating_figures(call: Call, query: ReportQuery) -> RatingReport:
    """Return what customers gave who were asked in a period, broken down."""
    period = await period_for(call, query)
    return await call.db.read(rating_report, period, query.narrow)


@routes.get("/api/v1/wallboard", needs=Need.SUPERVISOR)
async def wallboard_now(call: Call) -> Wallboard:
    """Return how queues, agents and inboxes stand at this moment."""
    return await call.db.read(wallboard, call.clock.now(), call.get(SLOTS))


@routes.get("/api/v1/reports/measures", needs=Need.AGENT)
async def measures(call: Call) -> list[Measure]:
    """Return what each figure means."""
    return list(MEASURES.values())
