"""Tables of promises: policies, their targets, and the clocks that run for each case."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from desk.db.types import BigId, Instant, Json, id_column, metadata

sla_policies = Table(
    "sla_policies",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    Column("position", Integer, nullable=False),  # the first that fits a case is taken
    Column("conditions", Json, nullable=False),  # see desk.sla.rules.policy_fits
    Column("version", Integer, nullable=False),  # raised by every change
    Column("active", Boolean, nullable=False),
)

sla_targets = Table(
    "sla_targets",
    metadata,
    id_column(),
    Column("policy_id", BigId, ForeignKey("sla_policies.id", ondelete="CASCADE"), nullable=False),
    Column("metric", String(32), nullable=False),  # desk.sla.rules.Metric
    Column("priority", String(16), nullable=False),
    Column("budget_s", BigInteger, nullable=False),  # of working time
    Column("calendar_id", BigId, ForeignKey("calendars.id")),  # null: the calendar of the queue
    Column("round_the_clock", Boolean, nullable=False),  # every hour counts, whatever calendar
    Column("warn_shares", Json, nullable=False),  # [0.5, 0.75, 0.9] of the budget
    UniqueConstraint("policy_id", "metric", "priority"),
)

sla_clocks = Table(
    "sla_clocks",
    metadata,
    id_column(),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False),
    Column("metric", String(32), nullable=False),
    Column("ordinal", Integer, nullable=False),  # 1; more where a metric runs several times
    Column("policy_id", BigId, ForeignKey("sla_policies.id"), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("queue_id", BigId, nullable=False),  # as of the last change while it was open
    Column("calendar_id", BigId),  # whose hours count; null: every hour
    Column("channel", String(16), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("owner_id", BigId),  # who had the case at the breach, or at the end if kept
    Column("state", String(16), nullable=False),  # desk.sla.rules.ClockState
    Column("started_at", Instant, nullable=False),
    Column("since", Instant, nullable=False),  # of this state; `spent_us` counts until here
    Column("budget_us", BigInteger, nullable=False),
    Column("spent_us", BigInteger, nullable=False),
    Column("due_at", Instant),  # null while it does not run, or never falls due
    Column("warn_at", Instant),  # when the next warn share passes
    Column("warned_share", Float, nullable=False),  # the largest share told
    Column("breached_at", Instant),  # the true instant, however late we noticed
    Column("late_s", Float),  # how late we noticed
    Column("ended_at", Instant),
    Column("over_us", BigInteger),  # working time beyond the budget, once ended late
    Column("outcome_at", Instant),  # when it was decided: breached, or kept
    UniqueConstraint("case_id", "metric", "ordinal"),
)

_OPEN = text("breached_at IS NULL AND due_at IS NOT NULL")
_TO_WARN = text("breached_at IS NULL AND warn_at IS NOT NULL")
Index("ix_sla_clocks_due", sla_clocks.c.due_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("ix_sla_clocks_warn", sla_clocks.c.warn_at, sqlite_where=_TO_WARN, postgresql_where=_TO_WARN)
Index("ix_sla_clocks_outcome", sla_clocks.c.outcome_at, sla_clocks.c.id)
Index("ix_sla_clocks_ended", sla_clocks.c.ended_at)
