"""A place on a network that is called otherwise from now on: conversations there go on."""

from sqlalchemy import Column, Connection, Table, func, update

from desk.cases.tables import cases
from desk.messages.tables import external_ids, messages
from desk.ports.inbound import PlaceRenamed


def rename(c: Connection, inbox: str, told: PlaceRenamed) -> None:
    """Let all that the record has of a place begin with its new name. Safe to repeat."""
    for table, column, (before, after) in (
        (cases, cases.c.thread, told.threads),
        (messages, messages.c.thread, told.threads),
        (messages, messages.c.in_reply_to, told.ids),
        (external_ids, external_ids.c.external_id, told.ids),
    ):
        _rename(c, table, column, inbox, (before, after))


def _rename(
    c: Connection, table: Table, column: Column[str], inbox: str, names: tuple[str, str]
) -> None:
    before, after = names
    here = (table.c.inbox == inbox, func.substr(column, 1, len(before)) == before)
    rest = func.substr(column, len(before) + 1)
    c.execute(update(table).where(*here).values({column: after + rest}))
