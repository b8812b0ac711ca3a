"""Tables of hubs: the card of a case in each place, and the lines in its thread."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from desk.db.types import BigId, Instant, Json, id_column, metadata

hub_cards = Table(
    "hub_cards",
    metadata,
    id_column(),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False),
    Column("inbox", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("key", Text, nullable=False),  # another one for each time it is put up anew
    Column("thread", Text, nullable=False),  # "": not put up yet
    Column("under_way", Boolean, nullable=False),  # it may stand there, nobody has said so
    Column("shown", Text, nullable=False),  # hash of the face that is shown
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("case_id", "inbox", "place"),
    Index("ix_hub_cards_thread", "inbox", "thread"),
)

hub_lines = Table(
    "hub_lines",
    metadata,
    id_column(),
    Column("card_id", BigId, ForeignKey("hub_cards.id"), nullable=False),
    Column("key", Text, nullable=False),  # what it is about: the same is said once
    Column("kind", Text, nullable=False),  # bot.hub.rules.LineKind
    Column("ref", BigId),  # the message or note it shows
    Column("words", Text, nullable=False),  # of news
    Column("call", Json, nullable=False),  # agents who should look now
    Column("call_group", Boolean, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("state", Text, nullable=False),  # bot.hub.rules.LineState
    UniqueConstraint("card_id", "key"),
    Index("ix_hub_lines_state", "card_id", "state"),
)
