"""Who may be one person: what is suggested, what is not, and that a wrong answer is undone."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from desk.cases import people
from desk.cases.tables import cases
from desk.customers import actions as customer_actions
from desk.customers import queries, suggesting
from desk.customers.likeness import Likenesses, Person, likeness
from desk.customers.tables import customers, identities
from desk.db.engine import Database
from desk.events.actors import BOT, agent
from desk.kit.errors import Conflict
from desk.messages.tables import messages
from desk.ports.messages import InboundMessage, Sender
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled
from tests.conftest import MONDAY

ADA = Person(
    id=1,
    names=("Ada Lovelace",),
    emails=("ada.lovelace@engines.example",),
    phones=("+44 20 7946 0000",),
    references=("A-1815",),
)


def newcomer(**known: Any) -> Person:
    return Person(id=2, **known)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"emails": ("Ada.Lovelace+shop@engines.example",)}, "the same e-mail address"),
        ({"names": ("Lovelace, Ada",), "phones": ("020 7946-0000",)}, "the same phone number"),
        ({"names": ("Ada Lovelcae",), "emails": ("ada.lovelce@engines.example",)}, "almost the"),
        ({"names": ("A. Lovelace",), "references": ("a-1815",)}, "both wrote of a-1815"),
    ],
)
def test_who_shares_what_only_one_has_is_suggested_with_the_reason(
    known: dict[str, Any], reason: str
) -> None:
    found = likeness(newcomer(**known), ADA)
    assert found.is_shown, found
    assert any(reason in one for one in found.reasons)


@pytest.mark.parametrize(
    "known",
    [
        {"names": ("Ada Lovelace",)},  # a name alone is never enough
        {"emails": ("bob@engines.example",), "names": ("Bob Moran",)},  # a colleague
        {"names": ("Ada Lovelace",), "emails": ("ada77@other.example",)},
        {"names": ("Lea Clarke",), "emails": ("lclarke@icloud.com",)},
        {},
    ],
)
def test_who_is_only_called_alike_or_works_there_is_not(known: dict[str, Any]) -> None:
    assert not likeness(newcomer(**known), ADA).is_shown


def test_a_brother_at_the_same_provider_is_another_one() -> None:
    one = Person(id=1, names=("Valentina Clarke",), emails=("vclarke@icloud.com",))
    assert not likeness(
        newcomer(names=("Lea Clarke",), emails=("lclarke@icloud.com",)), one
    ).is_shown


PEOPLE = st.builds(
    Person,
    id=st.integers(1, 9),
    names=st.lists(st.text(max_size=30), max_size=2).map(tuple),
    emails=st.lists(st.text(max_size=30), max_size=2).map(tuple),
    phones=st.lists(st.text(max_size=20), max_size=2).map(tuple),
    usernames=st.lists(st.text(max_size=20), max_size=2).map(tuple),
)


@given(st.lists(PEOPLE, max_size=6), PEOPLE)
def test_whatever_people_call_themselves_is_weighed(known: list[Person], one: Person) -> None:
    book = Likenesses(known)
    for found in book.find(one):
        assert 0 <= found.score <= 1
        assert found.id != one.id
    for person in known:
        book.drop(person.id)
    assert book.find(one) == []


async def arrive(desk: PaperDesk, key: str, address: str, **claims: Any) -> int:
    """Let somebody write, and do what the reader of facts does; return his customer."""
    who = Sender(address=address, **claims)
    message = InboundMessage(external_id=key, sender=who, thread=address, text=f"hello {key}")
    await desk.arrive(key, message, order=address)
    await desk.until(settled)

    def unit(c: Connection) -> int:
        found = queries.find_identity(c, "paper", address)
        assert found is not None
        suggesting.learn(c, found.customer_id)
        suggesting.suggest(c, found.customer_id, now=desk.clock.now())
        return found.customer_id

    return await desk.db.write(unit)


async def suggested(desk: PaperDesk, customer: int) -> list[suggesting.SuggestionView]:
    return await desk.db.read(suggesting.open_for, customer)


async def test_a_typed_address_merges_nobody_but_is_suggested_on_both_sides(
    desk: PaperDesk,
) -> None:
    known = await arrive(desk, "1", "u1", name="Ada Lovelace", email="ada@engines.example")
    new = await arrive(desk, "2", "u2", name="Ada", email="ada@engines.example")
    assert known != new
    (told,) = await suggested(desk, new)
    assert (told.other_id, told.other_name) == (known, "Ada Lovelace")
    assert "the same e-mail address: ada@engines.example" in told.reasons
    assert [one.other_id for one in await suggested(desk, known)] == [new]
    await arrive(desk, "3", "u2", name="Ada", email="ada@engines.example")
    assert len(await suggested(desk, new)) == 1


async def test_the_desk_suggests_whom_the_book_of_likenesses_finds(database: Database) -> None:
    chance, book, shown = Random(4), Likenesses(), 0

    def come(c: Connection, number: int, name: str, email: str) -> tuple[int, list[int]]:
        who = Sender(address=f"u{number}", name=name, email=email)
        person = customer_actions.identify(c, "paper", who, actor=BOT, now=MONDAY).customer_id
        suggesting.learn(c, person)
        suggesting.suggest(c, person, now=MONDAY)
        return person, sorted(one.other_id for one in suggesting.open_for(c, person))

    for number in range(120):
        first, last = chance.choice(("ada", "bea", "carl", "dora")), f"{chance.randrange(40)}berg"
        typed = list(f"{first}.{last}@{chance.choice(('engines', 'looms'))}.example")
        typed[chance.randrange(3, 8)] *= chance.randrange(3)
        name, email = f"{first.title()} {'xyz'[number % 3]}{last[-5:]}", "".join(typed)
        person, suggested = await database.write(come, number, name, email)
        found = book.find(Person(id=person, names=(name,), emails=(email,)))
        assert suggested == sorted(one.id for one in found if one.is_shown)
        book.put(Person(id=person, names=(name,), emails=(email,)))
        shown += len(suggested)
    assert shown >= 10


async def test_what_an_agent_has_answered_is_not_asked_again(desk: PaperDesk) -> None:
    await arrive(desk, "1", "u1", name="Ada Lovelace", email="ada@engines.example")
    new = await arrive(desk, "2", "u2", name="Ada", email="ada@engines.example")
    (told,) = await suggested(desk, new)
    await desk.db.write(suggesting.answer, told.id, accepted=False)
    await arrive(desk, "3", "u2", name="Ada", email="ada@engines.example")
    assert await suggested(desk, new) == []
    with pytest.raises(Conflict, match="answered this already"):
        await desk.db.write(suggesting.answer, told.id, accepted=True)


async def record(desk: PaperDesk) -> dict[str, Any]:
    """Return, by customer: his identities, his cases, and whose record he is part of."""

    def unit(c: Connection) -> dict[str, Any]:
        return {
            "identities": c.execute(select(identities.c.address, identities.c.customer_id)).all(),
            "cases": c.execute(select(cases.c.number, cases.c.customer_id)).all(),
            "merged": c.execute(select(customers.c.id, customers.c.merged_into)).all(),
        }

    return {name: sorted(map(tuple, rows)) for name, rows in (await desk.db.read(unit)).items()}


async def test_an_unmerge_brings_back_both_records_and_what_came_since(desk: PaperDesk) -> None:
    kept = await arrive(desk, "1", "u1", name="Ada")
    other = await arrive(desk, "2", "u2", name="Bea")
    before = await record(desk)
    merge_id = await merge(desk, kept, other)
    assert (await desk.db.read(queries.show, other)).id == kept
    assert [one.name for one in (await desk.db.read(queries.show, kept)).merged] == ["Bea"]
    await desk.arrive("3", said("3", "u2", thread="later"), order="later")
    await desk.until(settled)
    await unmerge(desk, merge_id)
    after = await record(desk)
    assert after == before | {"cases": [*before["cases"], (1003, other)]}
    with pytest.raises(Conflict, match="two records already"):
        await unmerge(desk, merge_id)


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_is_merged_and_unmerged_has_in_the_end_what_is_his(
    desk: PaperDesk, seed: int
) -> None:
    chance, people_of, done = Random(seed), dict[str, int](), list[int]()
    for number in range(4):
        people_of[f"u{number}"] = await arrive(
            desk, f"first{number}", f"u{number}", name=f"N{number}"
        )
    for number in range(25):
        what, (one, other) = chance.random(), chance.sample(sorted(people_of.values()), 2)
        if what < 0.4:
            address = f"u{chance.randrange(4)}"
            message = said(f"m{number}", address, thread=f"{address}-{number % 3}")
            await desk.arrive(f"m{number}", message, order=address)
            await desk.until(settled)
        elif what < 0.75:
            try:
                done.append(await merge(desk, one, other))
            except Conflict:
                continue
        elif done:
            await unmerge(desk, done.pop(chance.randrange(len(done))))
    while done:
        await unmerge(desk, done.pop(chance.randrange(len(done))))

    def owners(c: Connection) -> set[tuple[str, int, int]]:
        rows = select(identities.c.address, identities.c.customer_id, cases.c.customer_id)
        rows = rows.join(messages, messages.c.identity_id == identities.c.id)
        rows = rows.join(cases, cases.c.id == messages.c.case_id)
        return {tuple(row) for row in c.execute(rows)}

    assert await desk.db.read(owners) == {(who, own, own) for who, own in people_of.items()}


def said(key: str, address: str, *, thread: str) -> InboundMessage:
    sender = Sender(address=address)
    return InboundMessage(external_id=key, sender=sender, thread=thread, text=key)


async def merge(desk: PaperDesk, kept: int, other: int) -> int:
    def unit(c: Connection) -> int:
        one, two = queries.current_id(c, kept), queries.current_id(c, other)
        who, now = agent(desk.alice), desk.clock.now()
        return people.merge(c, one, two, proof="a test", actor=who, now=now)

    return await desk.db.write(unit)


async def unmerge(desk: PaperDesk, merge_id: int) -> int:
    who, now = agent(desk.alice), desk.clock.now()
    return await desk.db.write(people.unmerge, merge_id, actor=who, now=now)
