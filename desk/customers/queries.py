"""Every read of customers."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select

from desk.customers import describing
from desk.customers.describing import FactView
from desk.customers.tables import customers, identities, merges
from desk.kit.errors import NotFound


class IdentityView(Struct, frozen=True, kw_only=True):
    """One handle of a customer, as screens and the API show it."""

    id: int
    customer_id: int
    channel: str
    address: str
    name: str | None
    profile: dict[str, str]
    assurance: str
    reachable: bool
    unreachable_reason: str
    blocked: bool  # what he writes is set aside
    shows_images: bool
    complained_at: datetime | None  # called a message of ours spam
    language: str | None = None  # chosen by himself
    quiet_since: datetime | None = None  # asked for nothing automatic
    seen_at: datetime

    @property
    def may_be_told(self) -> bool:
        """Whether something that no person writes may go there."""
        return self.reachable and not self.blocked and self.quiet_since is None


class MergedView(Struct, frozen=True, kw_only=True):
    """A record that became part of another one; `merge_id` takes it out again."""

    merge_id: int
    customer_id: int
    name: str | None
    proof: str
    merged_at: datetime


class CustomerView(Struct, frozen=True, kw_only=True):
    """A customer with his identities, the last used first."""

    id: int
    public_id: str
    name: str | None
    language: str | None
    zone: str | None
    created_at: datetime
    seen_at: datetime
    identities: list[IdentityView]
    merged: list[MergedView]  # records that are part of this one
    facts: list[FactView]  # what his words say of him: kept, then only offered


def current_id(c: Connection, customer_id: int) -> int:
    """Return the record that `customer_id` lives on in after merges. Raises NotFound."""
    for _ in range(100):  # a chain of merges is short; a cycle cannot be made by `merge`
        found = c.execute(
            select(customers.c.merged_into).where(customers.c.id == customer_id)
        ).one_or_none()
        if found is None:
            raise NotFound("There is no such customer.")
        if found.merged_into is None:
            return customer_id
        customer_id = found.merged_into
    raise NotFound("There is no such customer.")


def show(c: Connection, customer_id: int) -> CustomerView:
    """Return a customer; a merged one is answered by the record it became. Raises NotFound."""
    customer_id = current_id(c, customer_id)
    row = c.execute(select(customers).where(customers.c.id == customer_id)).one()
    return CustomerView(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        language=row.language,
        zone=row.zone,
        created_at=row.created_at,
        seen_at=row.seen_at,
        identities=identities_of(c, customer_id),
        merged=merged_into(c, customer_id),
        facts=describing.known_of(c, customer_id),
    )


def merged_into(c: Connection, customer_id: int) -> list[MergedView]:
    """Return the records that are part of this one, the last merged first."""
    rows = c.execute(
        select(merges, customers.c.name)
        .join(customers, customers.c.id == merges.c.merged_id)
        .where(merges.c.kept_id == customer_id, merges.c.undone_at.is_(None))
        .order_by(merges.c.id.desc())
    )
    return [
        MergedView(
            merge_id=row.id,
            customer_id=row.merged_id,
            name=row.name,
            proof=row.proof,
            merged_at=row.merged_at,
        )
        for row in rows
    ]


def identities_of(c: Connection, customer_id: int) -> list[IdentityView]:
    """Return a customer's identities, the last used first."""
    rows = c.execute(
        select(identities)
        .where(identities.c.customer_id == customer_id)
        .order_by(identities.c.seen_at.desc(), identities.c.id)
    )
    return [_view(row) for row in rows]


def identity(c: Connection, identity_id: int) -> IdentityView:
    """Return one identity. Raises NotFound."""
    row = c.execute(select(identities).where(identities.c.id == identity_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such identity.")
    return _view(row)


def find_identity(c: Connection, channel: str, address: str) -> IdentityView | None:
    """Return the identity with this address on this channel, if anybody has it."""
    row = c.execute(
        select(identities).where(identities.c.channel == channel, identities.c.address == address)
    ).one_or_none()
    return _view(row) if row else None


def _view(row: Any) -> IdentityView:
    return IdentityView(
        id=row.id,
        customer_id=row.customer_id,
        channel=row.channel,
        address=row.address,
        name=row.name,
        profile=row.profile,
        assurance=row.assurance,
        reachable=row.reachable,
        unreachable_reason=row.unreachable_reason,
        blocked=row.blocked_at is not None,
        shows_images=bool(row.shows_images),
        complained_at=row.complained_at,
        language=row.language,
        quiet_since=row.quiet_since,
        seen_at=row.seen_at,
    )
