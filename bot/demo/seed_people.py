"""Who writes to a seeded desk: customers with their handles, met when they first write."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.demo.seed_rows import Happened, Rows
from bot.demo.seed_words import Language, share
from desk.customers.tables import customers, identities
from desk.db import search
from desk.db.search import Document
from desk.events.actors import SYSTEM
from desk.events.people import CustomerCreated, IdentityAdded
from desk.kit.text import fold
from desk.ports.messages import Assurance

CHANNELS = {"email": 45, "chat": 30, "telegram": 15, "slack": 10}  # of a hundred
_KNOWN = 0.5  # of the cases come from somebody who wrote before
_TWO_HANDLES = 0.12  # of the customers wrote on two channels and proved it

_ASSURANCE = {"chat": Assurance.NONE}  # elsewhere the provider vouches


class Person(Struct, frozen=True, kw_only=True):
    """A customer who may write again; `handles` is identity and address by channel."""

    id: int
    name: str
    language: str
    handles: dict[str, tuple[int, str]]


class Crowd(Struct, frozen=True, kw_only=True):
    """Everybody who may write: known from batches before, or met in this one."""

    words: dict[str, Language]
    known: list[Person]
    met: list[Person]


class Writer(Struct, frozen=True, kw_only=True):
    """Who writes a case, and where."""

    person: Person
    channel: str
    identity_id: int
    address: str


def somebody(rows: Rows, crowd: Crowd, at: datetime) -> Writer:
    """Return who writes next: somebody known, or new: then he is put on the record."""
    known = crowd.known or crowd.met
    is_known = bool(known) and rows.rng.random() < _KNOWN
    person = rows.rng.choice(known) if is_known else _met(rows, crowd, at)
    channel = rows.rng.choice(list(person.handles))
    identity_id, address = person.handles[channel]
    return Writer(person=person, channel=channel, identity_id=identity_id, address=address)


def findable(rows: Rows, people: Sequence[Person]) -> None:
    """Make new customers findable by name and handle."""
    rows.documents[search.CUSTOMER] += [
        Document(one.id, one.name, " ".join(address for _, address in one.handles.values()))
        for one in people
    ]


def _met(rows: Rows, crowd: Crowd, at: datetime) -> Person:
    words = crowd.words
    language = rows.rng.choices(list(words), [share(one) for one in words])[0]
    name = f"{rows.rng.choice(words[language].first)} {rows.rng.choice(words[language].last)}"
    person = Person(id=rows.id(customers), name=name, language=language, handles={})
    rows.add(
        customers,
        {
            "id": person.id,
            "public_id": rows.public_id(at),
            "name": name,
            "language": language,
            "zone": None,
            "created_at": at,
            "seen_at": at,
        },
    )
    fact = CustomerCreated(name=name)
    rows.happened.append(Happened(at=at, fact=fact, actor=SYSTEM, customer_id=person.id))
    channels = rows.rng.choices(list(CHANNELS), list(CHANNELS.values()), k=2)
    _reached(rows, person, channels[0], at)
    if channels[0] != channels[1] and rows.rng.random() < _TWO_HANDLES:
        _reached(rows, person, channels[1], at)
    crowd.met.append(person)
    return person


def _reached(rows: Rows, person: Person, channel: str, at: datetime) -> None:
    identity_id = rows.id(identities)
    address = _address(rows, person, channel, identity_id, at)
    assurance = _ASSURANCE.get(channel, Assurance.CHANNEL).value
    person.handles[channel] = (identity_id, address)
    rows.add(
        identities,
        {
            "id": identity_id,
            "customer_id": person.id,
            "channel": channel,
            "address": address,
            "name": person.name,
            "profile": {},
            "assurance": assurance,
            "reachable": True,
            "unreachable_reason": "",
            "created_at": at,
            "seen_at": at,
        },
    )
    fact = IdentityAdded(
        identity_id=identity_id, channel=channel, address=address, assurance=assurance
    )
    rows.happened.append(Happened(at=at, fact=fact, actor=SYSTEM, customer_id=person.id))


def _address(rows: Rows, person: Person, channel: str, identity_id: int, at: datetime) -> str:
    """Return a handle as the channel writes it, which nobody else has."""
    match channel:
        case "email":
            name = "".join(letter for letter in fold(person.name) if letter.isalpha())
            return f"{name}.{identity_id}@customers.example"
        case "telegram":
            return str(7_000_000_000 + identity_id)
        case "slack":
            return f"T0SEED:U0SEED{identity_id}"
    return rows.public_id(at)
