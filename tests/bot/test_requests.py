"""What is done, and answered, when a customer asks for something beside his messages."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot import requests
from bot.flows.phrasebook import all_words, words_for
from desk.cases import own
from desk.cases.talk import Reply, reply
from desk.customers import queries as people
from desk.customers import wishes
from desk.customers.actions import identify
from desk.db import jobs
from desk.db.engine import Database
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from desk.ports.inbound import CustomerAsked, Wish
from desk.ports.messages import ButtonPressed, Sender
from desk.queues import queries as queues
from tests.knowledge.shop import Talk, open_shop, writes

all_words()  # read before a loop runs, as the program does
ADA = Sender(address="visitor-ada", name="Ada", language="de")
DE = words_for("de").replies


async def asks(db: Database, clock: FrozenClock, wish: Wish, value: str = "") -> str:
    """Let Ada ask, and return the answer that her job finds; "" when there is none."""

    def unit(c: Connection) -> str:
        (inbox, *_) = queues.list_inboxes(c)
        clock.advance(timedelta(seconds=1))
        now = clock.now()
        asked = CustomerAsked(external_id=f"{now}", sender=ADA, wish=wish, value=value)
        requests.take(c, inbox, asked, now=now)
        requests.take(c, inbox, asked, now=now)  # the same again is one answer
        found = jobs.claim(c, requests.ANSWER, limit=9, lease=timedelta(seconds=9), now=now)
        texts = [requests.telling(c, inbox.channel, job.payload).text for job in found]
        for job in found:
            jobs.finish(c, job)
        assert len(texts) <= 1
        return "".join(texts)

    return await db.write(unit)


async def test_what_is_open_is_told_with_its_last_answer_and_no_markup(
    database: Database, clock: FrozenClock
) -> None:
    def answer(c: Connection, talk: Talk) -> None:
        said = Reply(text="**Sent** [today](https://x.example)", html="<p>Sent</p>", author="bot")
        reply(c, talk.case_id, said, actor=SYSTEM, now=clock.now())

    await database.write(open_shop, clock.now())
    assert await asks(database, clock, Wish.CASES) == DE.none
    talk = await database.write(writes, "A *wobbly* \u202echair\x00", clock.now())
    assert DE.unanswered in await asks(database, clock, Wish.CASES)
    await database.write(answer, talk)
    text = await asks(database, clock, Wish.CASES)
    assert text == (
        f"{DE.cases}\n\n**#1001 A wobbly chair**\n{DE.states['pending']}, "
        "letzte Antwort 2026-03-02: „Sent today(https://x.example)“"
    )


async def test_only_ten_cases_are_listed_and_the_rest_is_counted(
    database: Database, clock: FrozenClock
) -> None:
    await database.write(open_shop, clock.now())
    for number in range(12):
        await database.write(writes, f"chair {number}", clock.now())
    text = await asks(database, clock, Wish.CASES)
    assert text.count("**#") == 10
    assert text.endswith(DE.more.format(count=2))


@pytest.mark.parametrize(
    ("named", "language"),
    [
        ("fr", "fr"),
        ("Français", "fr"),
        ("FRANCAIS!", "fr"),
        ("pt-BR", "pt"),
        ("x" * 99, None),
        ("", None),
        ("klingon", None),
        ("{0}", None),
    ],
)
def test_languages_are_known_by_code_and_name(named: str, language: str | None) -> None:
    assert requests.language_named(named) == language


async def test_a_chosen_language_outlives_what_the_phone_says(
    database: Database, clock: FrozenClock
) -> None:
    await database.write(open_shop, clock.now())
    talk = await database.write(writes, "hello", clock.now())
    assert await asks(database, clock, Wish.LANGUAGE, "es") == words_for("es").replies.language
    assert await asks(database, clock, Wish.CASES) != DE.cases
    identity = await database.read(people.identity, talk.place.identity_id)
    customer = await database.read(people.show, identity.customer_id)
    assert (identity.language, customer.language) == ("es", "es")
    shown = await database.read(own.home_of, "chat", identity.address)
    assert [(one.number, one.is_new) for one in shown.cases] == [(1001, True)]


async def test_stop_takes_the_case_from_the_bot_and_any_word_ends_it(
    database: Database, clock: FrozenClock
) -> None:
    await database.write(open_shop, clock.now())
    talk = await database.write(writes, "hello", clock.now())
    assert await asks(database, clock, Wish.QUIET) == DE.quiet
    identity = await database.read(people.identity, talk.place.identity_id)
    assert identity.quiet_since == clock.now()
    assert await database.read(own.with_bot, identity.customer_id, "chat") == []
    assert await asks(database, clock, Wish.BEGIN) == ""
    identity = await database.read(people.identity, talk.place.identity_id)
    assert identity.quiet_since is None


async def test_another_matter_is_said_once_and_forgotten_after_a_day(
    database: Database, clock: FrozenClock
) -> None:
    def met(c: Connection) -> int:
        return identify(c, "chat", ADA, actor=SYSTEM, now=clock.now()).identity_id

    await database.write(open_shop, clock.now())
    identity = await database.write(met)
    for hours, wanted in ((1, True), (25, False)):
        assert await asks(database, clock, Wish.NEW) == DE.new
        clock.advance(timedelta(hours=hours))
        assert await database.write(wishes.heard, identity, now=clock.now()) is wanted
        assert await database.write(wishes.heard, identity, now=clock.now()) is False


@pytest.mark.parametrize(
    ("value", "wish"),
    [
        ("ask:language:fr", Wish.LANGUAGE),
        ("ask:cases", Wish.CASES),
        ("ask:gold", None),
        ("bot:yes", None),
        ("ask:", None),
    ],
)
def test_buttons_ask_for_things_too(value: str, wish: Wish | None) -> None:
    asked = requests.of_press(ButtonPressed(external_id="1", sender=ADA, value=value))
    assert (asked.wish if asked else None) == wish
