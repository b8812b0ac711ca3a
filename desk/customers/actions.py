"""Every write to customers: meeting them, proving who they are, merging, reachability."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from desk.customers import queries, rules
from desk.customers.tables import customers, identities, link_tokens, merge_moves, merges
from desk.db.upsert import insert_new_id
from desk.events import log
from desk.events.actors import Actor
from desk.events.people import (
    CustomerCreated,
    CustomersMerged,
    CustomersUnmerged,
    IdentityAdded,
    IdentityComplained,
    IdentityReachabilityChanged,
)
from desk.kit.errors import Conflict, NotFound
from desk.kit.ids import hash_token, new_id, new_token
from desk.kit.locales import language_of, zone_of
from desk.ports.messages import Assurance, Sender


class Known(Struct, frozen=True):
    """A sender found, or made, on the record."""

    customer_id: int
    identity_id: int
    fresh: bool


def identify(c: Connection, channel: str, sender: Sender, *, actor: Actor, now: datetime) -> Known:
    """Return the customer who has this identity; first contact makes one.

    Claims (a typed e-mail, a name) never tie the sender to an existing customer: only proof does.

    Raises:
        Conflict: another process met him in the same moment; run the unit again.
    """
    identity = _identity(c, channel, sender.address)
    if identity is None:
        customer_id = _create(c, sender, actor=actor, now=now)
        identity_id = _add_identity(c, customer_id, channel, sender, actor=actor, now=now)
        return Known(customer_id, identity_id, True)
    customer_id = _refresh(c, identity, sender, actor=actor, now=now)
    return Known(customer_id, identity.id, False)


def create_link_token(c: Connection, identity_id: int, *, now: datetime) -> str:
    """Return a secret that, carried to another channel within 15 minutes, proves one person."""
    token = new_token()[:40]
    c.execute(
        insert(link_tokens).values(
            token_hash=hash_token(token),
            identity_id=identity_id,
            created_at=now,
            expires_at=now + timedelta(minutes=rules.LINK_TOKEN_MINUTES),
        )
    )
    return token


def use_link_token(c: Connection, token: str, *, now: datetime) -> int | None:
    """Use up a link token and return the identity it was made for.

    None when it is unknown, used or too old: a stranger learns nothing from trying.
    """
    return c.execute(
        update(link_tokens)
        .where(
            link_tokens.c.token_hash == hash_token(token),
            link_tokens.c.used_at.is_(None),
            link_tokens.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(link_tokens.c.identity_id)
    ).scalar_one_or_none()


def forget_old_links(c: Connection, *, now: datetime) -> int:
    """Remove link tokens that have run out, and return how many."""
    return c.execute(delete(link_tokens).where(link_tokens.c.expires_at <= now)).rowcount


def verify(c: Connection, identity_id: int) -> int:
    """Mark an identity as proved and return its customer."""
    found: int = c.execute(
        update(identities)
        .where(identities.c.id == identity_id)
        .values(assurance=Assurance.VERIFIED.value)
        .returning(identities.c.customer_id)
    ).scalar_one()
    return found


def name_by_site(c: Connection, external_id: str, customer_id: int) -> int:
    """Return the customer whom a host site calls so; nobody yet: it is this one from now on.

    Raises:
        Conflict: another process named him in the same moment; run the unit again.
    """
    named = select(customers.c.id).where(customers.c.external_id == external_id)
    known = c.execute(named).scalar_one_or_none()
    if known is not None:
        return queries.current_id(c, known)
    free = (customers.c.id == customer_id, customers.c.external_id.is_(None))
    try:
        with c.begin_nested():
            c.execute(update(customers).where(*free).values(external_id=external_id))
    except IntegrityError as taken:
        raise Conflict("Another process met this customer in the same moment.") from taken
    return customer_id


def merge(
    c: Connection, kept_id: int, merged_id: int, *, proof: str, actor: Actor, now: datetime
) -> int:
    """Make two records one and return the merge's id; every moved row is journalled.

    Raises:
        Conflict: the same record twice, or two that a host site tells apart.
    """
    kept, merged = _record(c, kept_id), _record(c, merged_id)
    if kept_id == merged_id or kept.merged_into or merged.merged_into:
        raise Conflict("A record cannot be merged with itself or with one merged already.")
    if not rules.may_merge(kept.external_id, merged.external_id):
        raise Conflict("These records belong to two different accounts of the host site.")
    merge_id = c.execute(
        insert(merges)
        .values(
            kept_id=kept_id,
            merged_id=merged_id,
            proof=proof,
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            merged_at=now,
        )
        .returning(merges.c.id)
    ).scalar_one()
    moved = c.scalars(
        update(identities)
        .where(identities.c.customer_id == merged_id)
        .values(customer_id=kept_id)
        .returning(identities.c.id)
    ).all()
    journal(c, merge_id, "identity", list(moved))
    c.execute(update(customers).where(customers.c.id == merged_id).values(merged_into=kept_id))
    fact = CustomersMerged(merge_id=merge_id, kept_id=kept_id, merged_id=merged_id, proof=proof)
    log.append(c, fact, now=now, actor=actor, customer_id=kept_id)
    return int(merge_id)


def unmerge(c: Connection, merge_id: int, *, actor: Actor, now: datetime) -> tuple[int, int]:
    """Make a merged record one of its own again; return the kept one's id and its own.

    Raises:
        NotFound: there was no such merge.
        Conflict: it was undone before.
    """
    row = c.execute(select(merges).where(merges.c.id == merge_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("There was no such merge.")
    if row.undone_at is not None:
        raise Conflict("These are two records already.")
    kept_id = queries.current_id(c, row.kept_id)
    c.execute(update(merges).where(merges.c.id == merge_id).values(undone_at=now))
    listed = moved_by(merge_id, "identity")
    here = (identities.c.id.in_(listed), identities.c.customer_id == kept_id)
    c.execute(update(identities).where(*here).values(customer_id=row.merged_id))
    c.execute(update(customers).where(customers.c.id == row.merged_id).values(merged_into=None))
    fact = CustomersUnmerged(merge_id=merge_id, kept_id=kept_id, merged_id=row.merged_id)
    for customer_id in (kept_id, row.merged_id):
        log.append(c, fact, now=now, actor=actor, customer_id=customer_id)
    return kept_id, row.merged_id


def moved_by(merge_id: int, kind: str) -> Select[tuple[int]]:
    """Return the query for the rows of `kind` that a merge moved."""
    of_merge = (merge_moves.c.merge_id == merge_id, merge_moves.c.kind == kind)
    return select(merge_moves.c.row_id).where(*of_merge)


def journal(c: Connection, merge_id: int, kind: str, row_ids: list[int]) -> None:
    """Note which rows a merge moved, so that it can be undone exactly."""
    if row_ids:
        rows = [{"merge_id": merge_id, "kind": kind, "row_id": row_id} for row_id in row_ids]
        c.execute(insert(merge_moves), rows)


def set_reachable(
    c: Connection, identity_id: int, reachable: bool, reason: str, *, actor: Actor, now: datetime
) -> None:
    """Record that an identity stopped working or works again; a repetition changes nothing."""
    customer_id = c.execute(
        update(identities)
        .where(identities.c.id == identity_id, identities.c.reachable != reachable)
        .values(reachable=reachable, unreachable_reason="" if reachable else reason)
        .returning(identities.c.customer_id)
    ).scalar_one_or_none()
    if customer_id is not None:
        fact = IdentityReachabilityChanged(
            identity_id=identity_id, reachable=reachable, reason=reason
        )
        log.append(c, fact, now=now, actor=actor, customer_id=customer_id)


def show_images(c: Connection, identity_id: int, *, shown: bool) -> None:
    """Load remote pictures in what this identity writes from now on, or no more."""
    where = identities.c.id == identity_id
    if c.execute(update(identities).where(where).values(shows_images=shown)).rowcount != 1:
        raise NotFound("There is no such identity.")


def complain(c: Connection, identity_id: int, *, actor: Actor, now: datetime) -> None:
    """Record that he called a message of ours spam; again changes nothing."""
    customer_id = c.execute(
        update(identities)
        .where(identities.c.id == identity_id, identities.c.complained_at.is_(None))
        .values(complained_at=now)
        .returning(identities.c.customer_id)
    ).scalar_one_or_none()
    if customer_id is not None:
        fact = IdentityComplained(identity_id=identity_id)
        log.append(c, fact, now=now, actor=actor, customer_id=customer_id)


def move_address(c: Connection, identity_id: int, address: str) -> None:
    """Give an identity its new address (a Telegram group became a supergroup)."""
    c.execute(update(identities).where(identities.c.id == identity_id).values(address=address))


def _identity(c: Connection, channel: str, address: str) -> Row[Any] | None:
    return c.execute(
        select(identities).where(identities.c.channel == channel, identities.c.address == address)
    ).one_or_none()


def _create(c: Connection, sender: Sender, *, actor: Actor, now: datetime) -> int:
    zone = zone_of(sender.zone)
    name = rules.display_name(sender)
    customer_id = c.execute(
        insert(customers)
        .values(
            public_id=new_id(),
            name=name,
            language=language_of(sender.language),
            zone=zone.key if zone else None,
            created_at=now,
            seen_at=now,
        )
        .returning(customers.c.id)
    ).scalar_one()
    log.append(c, CustomerCreated(name=name), now=now, actor=actor, customer_id=customer_id)
    return int(customer_id)


def _add_identity(
    c: Connection, customer_id: int, channel: str, sender: Sender, *, actor: Actor, now: datetime
) -> int:
    values = {
        "customer_id": customer_id,
        "channel": channel,
        "address": sender.address,
        "name": rules.display_name(sender),
        "profile": rules.profile(sender),
        "assurance": sender.assurance.value,
        "reachable": True,
        "unreachable_reason": "",
        "created_at": now,
        "seen_at": now,
    }
    identity_id = insert_new_id(c, identities, values, ["channel", "address"])
    if identity_id is None:
        raise Conflict("Another process met this customer in the same moment; try again.")
    fact = IdentityAdded(
        identity_id=identity_id,
        channel=channel,
        address=sender.address,
        assurance=sender.assurance.value,
    )
    log.append(c, fact, now=now, actor=actor, customer_id=customer_id)
    return identity_id


def _refresh(
    c: Connection, identity: Row[Any], sender: Sender, *, actor: Actor, now: datetime
) -> int:
    """Note that the identity is alive, fill in what was not known, and return its customer.

    The customer is asked of the row just locked: a merge may have moved it since it was read.
    """
    claims = rules.profile(sender)
    customer_id: int = c.execute(
        update(identities)
        .where(identities.c.id == identity.id)
        .values(
            seen_at=now,
            name=identity.name or rules.display_name(sender),
            profile={**identity.profile, **claims},
            assurance=rules.stronger(identity.assurance, sender.assurance.value),
        )
        .returning(identities.c.customer_id)
    ).scalar_one()
    name, language = rules.display_name(sender), language_of(sender.language)
    c.execute(
        update(customers)
        .where(customers.c.id == customer_id)
        .values(
            seen_at=now,
            name=func.coalesce(customers.c.name, name),
            language=func.coalesce(customers.c.language, language),
        )
    )
    if not identity.reachable:
        set_reachable(c, identity.id, True, "", actor=actor, now=now)
    return customer_id


def _record(c: Connection, customer_id: int) -> Row[Any]:
    found = c.execute(select(customers).where(customers.c.id == customer_id)).one_or_none()
    if found is None:
        raise NotFound("There is no such customer.")
    return found
