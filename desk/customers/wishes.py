"""How a customer wants to be dealt with on one of his handles: language, quiet, a fresh start."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from desk.customers.tables import customers, identities

_NEW_FOR = timedelta(days=1)  # so long "the next one is another matter" is remembered


def choose_language(c: Connection, identity_id: int, language: str) -> None:
    """Speak `language` with the customer behind an identity from now on."""
    customer_id = c.execute(
        update(identities)
        .where(identities.c.id == identity_id)
        .values(language=language)
        .returning(identities.c.customer_id)
    ).scalar_one()
    c.execute(update(customers).where(customers.c.id == customer_id).values(language=language))


def be_quiet(c: Connection, identity_id: int, *, now: datetime) -> None:
    """Send nothing automatic to an identity until its owner writes."""
    c.execute(update(identities).where(identities.c.id == identity_id).values(quiet_since=now))


def begin_anew(c: Connection, identity_id: int, *, now: datetime) -> None:
    """Take what an identity writes next for another matter."""
    c.execute(update(identities).where(identities.c.id == identity_id).values(new_asked_at=now))


def heard(c: Connection, identity_id: int, *, now: datetime) -> bool:
    """End quiet, and return whether what is written now was said to be another matter."""
    mine = identities.c.id == identity_id
    c.execute(
        update(identities)
        .where(mine, identities.c.quiet_since.is_not(None))
        .values(quiet_since=None)
    )
    asked_at = c.execute(
        update(identities)
        .where(mine, identities.c.new_asked_at > now - _NEW_FOR)
        .values(new_asked_at=None)
        .returning(identities.c.id)
    )
    return asked_at.first() is not None
