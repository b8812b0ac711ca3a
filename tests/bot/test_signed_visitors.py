"""Whom a site signs is one customer, however he comes; both engines."""

import pytest
from sqlalchemy import Connection

from bot.intake import Desk, take_message
from desk.customers import queries as people
from desk.db.engine import Database
from desk.ports.messages import Assurance, InboundMessage, Sender
from desk.queues import queries as queues
from tests.bot.paper_desk import INBOX, furnish
from tests.conftest import MONDAY


async def write(
    db: Database, visitor: str, sub: str | None, assurance: Assurance = Assurance.VERIFIED
) -> int:
    """Let a visitor write and return the customer he is."""

    def unit(c: Connection) -> int:
        sender = Sender(address=visitor, external_id=sub, assurance=assurance)
        message = InboundMessage(external_id=f"{visitor}-{sub}", sender=sender, text="Hello")
        assert take_message(c, Desk(inbox=queues.inbox(c, INBOX)), message, (), 0, MONDAY)
        found = people.find_identity(c, "paper", visitor)
        assert found is not None
        return found.customer_id

    return await db.write(unit)


@pytest.fixture
async def db(database: Database) -> Database:
    await database.write(furnish, MONDAY)
    return database


async def test_two_visits_of_one_signed_person_are_one_customer(db: Database) -> None:
    assert await write(db, "v1", "ada") == await write(db, "v2", "ada")


async def test_who_is_named_later_becomes_the_customer_he_was(db: Database) -> None:
    known = await write(db, "v1", "ada")
    assert await write(db, "v2", None, Assurance.NONE) != known
    assert await write(db, "v2", "ada") == known


async def test_a_mere_claim_and_another_person_stay_apart(db: Database) -> None:
    known = await write(db, "v1", "ada")
    assert await write(db, "v2", "ada", Assurance.NONE) != known
    assert await write(db, "v3", "bea") != known


async def test_a_customer_with_one_name_at_the_site_gets_no_other(db: Database) -> None:
    ada, bea = await write(db, "v1", "ada"), await write(db, "v2", "bea")
    assert await write(db, "v1", "bea") == ada
    assert await write(db, "v3", "bea") == bea
