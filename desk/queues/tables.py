"""Tables of queues: calendars, queues, the teams that serve them, inboxes."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text, false

from desk.db.types import BigId, Instant, Json, id_column, metadata

calendars = Table(
    "calendars",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    Column("zone", Text, nullable=False),  # IANA name
    Column("weekly", Json, nullable=False),  # {"1": [["09:00", "17:00"]], …} by ISO weekday
    Column("special", Json, nullable=False),  # {"2026-12-25": []}: these beat the week
)

queues = Table(
    "queues",
    metadata,
    id_column(),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("calendar_id", BigId, ForeignKey("calendars.id")),
    Column("skill", Text, nullable=False, server_default=""),  # that its cases need; "": none
    Column("pulls", Boolean, nullable=False, server_default=false()),  # its agents take the next
    Column("close_after_days", Integer),  # of a resolved case; None: the desk's
    Column("reopen_days", Integer),  # since its resolution; None: until it is closed
    Column("reopened_to", Text, nullable=False, server_default="owner"),  # see queries.Reopened
    Column("reopenings_an_hour", Integer, nullable=False, server_default="5"),  # by its customer
    Column("created_at", Instant, nullable=False),
)

queue_teams = Table(
    "queue_teams",
    metadata,
    Column("queue_id", BigId, ForeignKey("queues.id"), primary_key=True),
    Column("team_id", BigId, ForeignKey("teams.id"), primary_key=True),
)

inboxes = Table(
    "inboxes",
    metadata,
    id_column(),
    Column("key", Text, nullable=False, unique=True),  # its name in config.yaml
    Column("channel", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("queue_id", BigId, ForeignKey("queues.id"), nullable=False),
    Column("bot", Boolean, nullable=False),  # a bot talks first
    Column("health", Text, nullable=False),
    Column("health_detail", Text, nullable=False),
    Column("health_at", Instant),
    Column("last_inbound_at", Instant),
)
