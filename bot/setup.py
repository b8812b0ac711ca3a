"""What config.yaml says of queues, calendars, inboxes and promises, brought into the record."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from bot.config import Config, Queue, Target
from channels import registry
from desk.agents import actions as agents
from desk.cases.rules import Priority
from desk.kit.errors import Invalid
from desk.queues import actions as queues
from desk.queues.queries import DoneCases
from desk.sla import actions as sla
from desk.sla.actions import PolicyDraft, TargetDraft
from desk.sla.calendars import business_hours
from desk.sla.rules import Metric

POLICY = "standard"


def check(config: Config) -> None:
    """Raise Invalid, naming the place, where parts of `config` do not fit together."""
    for name, calendar in config.calendars.items():
        try:
            business_hours(calendar.zone, calendar.weekly, calendar.special)
        except Invalid as wrong:
            raise Invalid(f"calendars.{name}: {wrong.reason}") from wrong
    for key, queue in config.queues.items():
        if queue.calendar and queue.calendar not in config.calendars:
            raise Invalid(f"queues.{key}.calendar: there is no calendar called {queue.calendar}.")
    for key, inbox in config.inboxes.items():
        registry.channel_class(inbox.channel)
        if inbox.queue not in config.queues:
            raise Invalid(f"inboxes.{key}.queue: there is no queue called {inbox.queue}.")


def apply(c: Connection, config: Config, *, now: datetime) -> None:
    """Make the record say what the config says; what was made by hand besides stays.

    Raises:
        Invalid: parts of it do not fit together.
    """
    check(config)
    calendars = {
        name: queues.define_calendar(c, name, calendar.zone, calendar.weekly, calendar.special)
        for name, calendar in config.calendars.items()
    }
    queue_ids = {}
    for key, queue in config.queues.items():
        calendar_id = calendars.get(queue.calendar)
        queue_ids[key] = queues.define_queue(
            c, key, queue.name or key.capitalize(), calendar_id, now=now
        )
        queues.need_skill(c, queue_ids[key], queue.skill)
        queues.let_pull(c, queue_ids[key], pulls=queue.pull)
        queues.settle_done(c, queue_ids[key], _done(queue))
        team_ids = [agents.create_team(c, name) for name in queue.teams]
        queues.serve(c, queue_ids[key], team_ids)
    for key, inbox in config.inboxes.items():
        name = inbox.name or key.capitalize()
        queues.define_inbox(c, key, inbox.channel, name, queue_ids[inbox.queue], bot=inbox.bot)
    _promise(c, config)


def _done(queue: Queue) -> DoneCases:
    return DoneCases(
        close_after_days=queue.close_after_days,
        reopen_days=queue.reopen_days,
        reopened_to=queue.reopened_to,
        reopenings_an_hour=queue.reopenings_an_hour,
    )


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
