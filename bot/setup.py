"""What config.yaml says of queues, calendars, inboxes and promises, brought into the record."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from bot.config import Config, Target
from desk.agents import actions as agents
from desk.cases.rules import Priority
from desk.kit.errors import Invalid
from desk.queues import actions as queues
from desk.sla import actions as sla
from desk.sla.actions import PolicyDraft, TargetDraft
from desk.sla.rules import Metric

POLICY = "standard"


def apply(c: Connection, config: Config, *, now: datetime) -> None:
    """Make the record say what the config says; what was made by hand besides stays.

    Raises:
        Invalid: a queue names a calendar, or an inbox a queue, that is not there.
    """
    calendars = {
        name: queues.define_calendar(c, name, calendar.zone, calendar.weekly, calendar.special)
        for name, calendar in config.calendars.items()
    }
    queue_ids = {}
    for key, queue in config.queues.items():
        if queue.calendar and queue.calendar not in calendars:
            raise Invalid(f"queues.{key}.calendar: there is no calendar called {queue.calendar}.")
        calendar_id = calendars.get(queue.calendar)
        queue_ids[key] = queues.define_queue(
            c, key, queue.name or key.capitalize(), calendar_id, now=now
        )
        team_ids = [agents.create_team(c, name) for name in queue.teams]
        queues.serve(c, queue_ids[key], team_ids)
    for key, inbox in config.inboxes.items():
        if inbox.queue not in queue_ids:
            raise Invalid(f"inboxes.{key}.queue: there is no queue called {inbox.queue}.")
        name = inbox.name or key.capitalize()
        queues.define_inbox(c, key, inbox.channel, name, queue_ids[inbox.queue], bot=inbox.bot)
    _promise(c, config)


def _promise(c: Connection, config: Config) -> None:
    """Define the standard policy; only a change makes a new version of it."""
    draft = PolicyDraft(
        name=POLICY,
        position=100,
        targets=(
            *_targets(Metric.FIRST_RESPONSE, config.promises.first_response_minutes),
            *_targets(Metric.RESOLUTION, config.promises.resolution_minutes),
        ),
    )
    sla.define_policy(c, draft)


def _targets(metric: Metric, minutes: Target) -> list[TargetDraft]:
    budgets = msgspec.structs.asdict(minutes)
    return [
        TargetDraft(
            metric=metric, priority=priority, budget=timedelta(minutes=budgets[priority.value])
        )
        for priority in Priority
    ]
