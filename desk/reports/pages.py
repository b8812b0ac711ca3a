"""Pages for supervisors: the promise report and its CSV. They work without JavaScript."""

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from msgspec.structs import asdict

from desk.agents.rules import Presence
from desk.http import Call, Download, Html, Need, Routes
from desk.http.services import CONNECTABLE
from desk.reports import queries, words
from desk.reports.api import ReportQuery, breaches_page, period_for
from desk.reports.breaches import Breach, breaches
from desk.reports.charts import BarChart, bar_chart
from desk.reports.inboxes import inbox_work
from desk.reports.measures import (
    ANSWERED,
    AT_RISK,
    ATTAINMENT,
    MEASURES,
    SATISFIED,
    Attainment,
    attainment,
)
from desk.reports.periods import Period
from desk.reports.queries import Group, MetricReport
from desk.reports.ratings import RatedGroup, rating_report
from desk.reports.sheet import csv_bytes
from desk.reports.wallboard import wallboard
from desk.routing.api import SLOTS

routes = Routes()

CSV_MOST = 50_000
_PERIODS = {1: "Today", 7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}
_COLUMNS = (
    "case",
    "subject",
    "customer",
    "metric",
    "priority",
    "channel",
    "queue",
    "owner at the breach",
    "broken at (UTC)",
    "promised s",
    "over s",
    "still open",
    "noticed late s",
    "policy",
    "policy version",
    "days in zone",
)


@routes.page("/reports/sla", needs=Need.SUPERVISOR)
async def sla_page(call: Call, query: ReportQuery) -> Html:
    """Show attainment, times and the list of breaches of a period."""
    period = await period_for(call, query)
    report = await call.db.read(queries.sla_report, period, query.narrow)
    page = await breaches_page(call, query, period)
    return Html(
        "reports/sla.html",
        {
            "query": query,
            "period": period,
            "periods": _PERIODS,
            "choices": await call.db.read(queries.choices),
            "report": report,
            "sections": [_section(metric) for metric in report.metrics],
            "breaches": page.items,
            "more": _address(query, after=page.next) if page.next else None,
            "csv": _address(query, path="/reports/sla.csv"),
            "json": _address(query, path="/api/v1/reports/sla"),
            "attainment": ATTAINMENT,
            "at_risk": AT_RISK,
            "measures": MEASURES,
            "words": words,
            "local": _local(period),
        },
    )


@routes.page("/reports/sla.csv", needs=Need.SUPERVISOR)
async def sla_csv(call: Call, query: ReportQuery) -> Download:
    """Download the list of breaches, up to 50,000 of them."""
    period = await period_for(call, query)
    found = await call.db.read(breaches, period, query.narrow, call.clock.now(), limit=CSV_MOST)
    name = f"breaches-{period.first}-{period.last}.csv"
    rows = (_row(one, period) for one in found)
    return Download(name, "text/csv; charset=utf-8", csv_bytes(_COLUMNS, rows))


@routes.page("/reports/ratings", needs=Need.SUPERVISOR)
async def ratings_page(call: Call, query: ReportQuery) -> Html:
    """Show what customers gave, and how sure that is."""
    period = await period_for(call, query)
    report = await call.db.read(rating_report, period, query.narrow)
    data = {
        "query": query,
        "period": period,
        "periods": _PERIODS,
        "choices": await call.db.read(queries.choices),
        "report": report,
        "charts": [(group, _satisfied_chart(group)) for group in report.groups if group.lines],
        "json": _address(query, path="/api/v1/reports/ratings"),
        "satisfied": SATISFIED,
        "answered": ANSWERED,
        "words": words,
    }
    return Html("reports/ratings.html", data)


@routes.page("/inboxes", needs=Need.SUPERVISOR)
async def inboxes_page(call: Call) -> Html:
    """Show how each inbox is doing and what waits before it."""
    work = await call.db.read(inbox_work, call.clock.now())
    data = {"work": work, "words": words, "connectable": call.get(CONNECTABLE)}
    return Html("reports/inboxes.html", data)


@routes.page("/wallboard", needs=Need.SUPERVISOR)
async def wallboard_page(call: Call) -> Html:
    """Show how the desk stands now; the page keeps itself up to date."""
    board = await call.db.read(wallboard, call.clock.now(), call.get(SLOTS))
    people = [one for one in board.agents if one.presence is not Presence.OFFLINE]
    return Html(
        "reports/wallboard.html",
        {
            "board": board,
            "agents": people,
            "absent": len(board.agents) - len(people),
            "waiting": sum(queue.waiting for queue in board.queues),
            "late": sum(queue.late for queue in board.queues),
            "near": sum(queue.at_risk for queue in board.queues),
            "words": words,
        },
    )


def _section(report: MetricReport) -> dict[str, Any]:
    measure = MEASURES[report.metric.value]
    return {
        "measure": measure,
        "report": report,
        "charts": [
            (group, bar_chart(f"{measure.title} by {group.by}", _lines(group)))
            for group in report.groups
            if group.lines
        ],
    }


def _satisfied_chart(group: RatedGroup) -> BarChart:
    shares = [
        (line.name, attainment(line.given.satisfied, line.given.answered - line.given.satisfied))
        for line in group.lines
    ]
    return bar_chart(f"Satisfied by {group.by}", shares)


def _lines(group: Group) -> list[tuple[str, Attainment]]:
    return [(line.name, line.attainment) for line in group.lines]


def _row(one: Breach, period: Period) -> tuple[object, ...]:
    return (
        f"#{one.case_number}",
        one.subject,
        one.customer_name,
        one.metric.value,
        one.priority,
        one.channel,
        one.queue_name,
        one.owner_name,
        one.breached_at.isoformat(),
        one.budget_s,
        one.over_s,
        "yes" if one.is_open else "no",
        one.late_s,
        one.policy_name,
        one.policy_version,
        period.zone,
    )


def _address(query: ReportQuery, *, path: str = "/reports/sla", after: str | None = None) -> str:
    """Return the address of this very report, elsewhere or further on."""
    kept = {name: value for name, value in asdict(query).items() if value is not None}
    kept.pop("after", None)
    if after:
        kept["after"] = after
    return f"{path}?{urlencode(kept)}"


def _local(period: Period) -> Any:
    zone = ZoneInfo(period.zone)
    return lambda at: at.astimezone(zone).strftime("%-d %b %H:%M")
