"""A case's place in line: how many are to get an agent before it."""

from sqlalchemy import Connection, and_, case, func, or_, select

from desk.cases.rules import Priority
from desk.cases.tables import cases
from desk.queues.tables import queues
from desk.routing.queries import AT_WORK, URGENCY


def ahead_of(c: Connection, case_id: int) -> int | None:
    """Return how many cases of its queue wait before this one; None: it waits for nobody.

    They go out by priority, then age. A queue whose agents take the next themselves has no line
    that anybody keeps to.
    """
    waits = (
        cases.c.assignee_id.is_(None),
        cases.c.status.in_(AT_WORK),
        cases.c.with_bot.is_(False),
        cases.c.snoozed_until.is_(None),
    )
    own = c.execute(
        select(cases.c.id, cases.c.queue_id, cases.c.priority, cases.c.opened_at)
        .join(queues, queues.c.id == cases.c.queue_id)
        .where(cases.c.id == case_id, queues.c.pulls.is_(False), *waits)
    ).one_or_none()
    if own is None:
        return None
    ranks = {priority.value: rank for priority, rank in URGENCY.items()}
    rank, mine = case(ranks, value=cases.c.priority, else_=2), URGENCY[Priority(own.priority)]
    older = or_(
        cases.c.opened_at < own.opened_at,
        and_(cases.c.opened_at == own.opened_at, cases.c.id < own.id),
    )
    before = or_(rank < mine, and_(rank == mine, older))
    found = select(func.count()).where(cases.c.queue_id == own.queue_id, *waits, before)
    return c.execute(found).scalar_one()
