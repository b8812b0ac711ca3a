"""What becomes of the answer to how it went: in the record."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from bot.flows import survey
from desk.cases.outgoing import outgoing
from desk.cases.rules import Status
from desk.db import jobs
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.tables import jobs as table
from desk.events import actors
from desk.kit.clock import FrozenClock
from desk.kit.errors import Conflict, Invalid, Undeliverable
from desk.messages import queries as said
from desk.messages.amending import AMEND
from desk.messages.deliveries import DELIVER
from desk.reports.periods import Period
from desk.reports.queries import Narrow
from desk.reports.ratings import rating_report
from desk.satisfaction import actions, erasing, queries
from desk.satisfaction.actions import Answer
from desk.satisfaction.queries import Which
from desk.satisfaction.rules import TERMS
from desk.satisfaction.tables import ratings
from tests.bot.paper_desk import PaperDesk
from tests.bot.rating_desk import (
    ASKS,
    EVE,
    answer,
    ask_desk,
    asked,
    asking_desk,
    kinds,
    press,
    questions,
    read,
    resolve,
    the_rating,
)


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    """A desk on which Ada has asked something and Alice has answered."""
    async with asking_desk(database, clock, tmp_path) as paper:
        yield paper


async def test_a_press_counts_once_and_stands_where_the_buttons_were(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    row = await asked(desk, clock)
    await press(desk, "rating:4")
    await press(desk, "rating:4")  # the network brings it again
    await press(desk, "rating:1", key="p2")  # of a second page that still shows the buttons
    assert (await desk.db.read(the_rating)).score == 4
    assert (await kinds(desk)).count("rating.given") == 1
    shown = await desk.db.read(said.message, row.message_id)
    assert (shown.text, shown.choices) == ("You chose 4 of 5. Thank you.", [])
    waiting = select(func.count()).where(table.c.kind == AMEND)
    assert await desk.db.read(lambda c: c.scalar(waiting)) == 1
    assert (await desk.cases())[0].status == Status.RESOLVED


async def test_somebody_else_in_the_thread_gives_no_score(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await asked(desk, clock)
    await press(desk, "rating:1", EVE)
    assert (await desk.db.read(the_rating)).score is None
    await press(desk, "rating:5", key="p2")
    assert (await desk.db.read(the_rating)).score == 5


async def test_a_press_after_two_weeks_gives_no_score(desk: PaperDesk, clock: FrozenClock) -> None:
    await asked(desk, clock)
    clock.advance(timedelta(days=15))
    await press(desk, "rating:5")
    assert (await desk.db.read(the_rating)).score is None


async def test_an_answer_can_be_changed_for_a_day_and_a_low_one_waits_anew(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    row = await asked(desk, clock)
    ada, sam = actors.customer(1), actors.agent(desk.alice)

    def give(c: Connection, score: int, comment: str | None = None) -> bool:
        given = Answer(score=score, comment=comment)
        return actions.answer(c, row.id, given, TERMS, actor=ada, now=clock.now())

    assert await desk.db.write(give, 1)
    assert not await desk.db.write(give, 1)
    assert await desk.db.read(queries.count_open, TERMS) == 1
    await desk.db.write(actions.follow_up, row.id, actor=sam, now=clock.now())
    assert await desk.db.read(queries.count_open, TERMS) == 0
    assert await desk.db.write(give, 2, "  It came\0 late. ")
    (low,) = await desk.db.read(queries.newest, Which.OPEN, TERMS)
    assert (low.score, low.comment, low.agent_name) == (2, "It came late.", "Alice")
    assert [one.score for one in await desk.db.read(queries.newest, Which.COMMENTED, TERMS)] == [2]
    for score, comment in ((0, ""), (6, ""), (5, "x" * 2_001)):
        with pytest.raises(Invalid):
            await desk.db.write(give, score, comment)
    clock.advance(timedelta(hours=25))
    with pytest.raises(Conflict):
        await desk.db.write(give, 5)


async def test_what_leaves_has_addresses_that_the_record_has_not(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    row = await asked(desk, clock)
    by_mail = replace(ASKS, letters=frozenset({"paper"}))
    out = await desk.db.read(outgoing, row.message_id, row.identity_id, voice="Parley")
    assert (await desk.db.read(survey.dressed, out, ASKS)).message == out.message
    letter = (await desk.db.read(survey.dressed, out, by_mail)).message
    assert [str(one.url)[-8:] for one in letter.choices] == [f"?score={n}" for n in range(1, 6)]
    assert letter.stop_url.startswith("https://desk.example/rate/")
    again = (await desk.db.read(survey.dressed, out, by_mail)).message
    assert again == letter  # sent twice it is the same mail
    answer = await desk.db.read(outgoing, 2, row.identity_id, voice="Parley")
    assert await desk.db.read(survey.dressed, answer, by_mail) == answer


async def test_a_question_that_does_not_arrive_bothers_nobody_and_was_never_asked(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    await read(desk)
    desk.channel.refusals.append(Undeliverable("blocked by the customer"))
    assert await questions(desk, clock) == [None]
    row = await desk.db.read(the_rating)
    await desk.until(lambda c: said.message(c, row.message_id).state == "failed")
    assert (await desk.cases())[0].flag == ""
    period = Period(first=clock.now().date(), last=clock.now().date(), zone="UTC")
    assert (await desk.db.read(rating_report, period, Narrow())).given.asked == 0


async def test_the_report_breaks_down_by_who_had_the_case(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await asked(desk, clock)
    await press(desk, "rating:5")
    period = Period(first=clock.now().date(), last=clock.now().date(), zone="UTC")
    report = await desk.db.read(rating_report, period, Narrow())
    assert (report.given.asked, report.given.share, report.scores) == (1, 1.0, {5: 1})
    lines = {group.by: [line.name for line in group.lines] for group in report.groups}
    assert lines == {"agent": ["Alice"], "team": [], "queue": ["Support"], "channel": ["paper"]}
    elsewhere = await desk.db.read(rating_report, period, Narrow(channel="chat"))
    assert elsewhere.given.asked == 0
    assert (await desk.db.read(rating_report, period.before, Narrow())).given.asked == 0


async def test_pages_of_ratings_follow_each_other(desk: PaperDesk, clock: FrozenClock) -> None:
    for number in range(2, 5):
        await ask_desk(desk, str(number), replace(EVE, address=f"eve{number}"))
        await answer(desk, number, "Hello.")
        await resolve(desk, number)
    await resolve(desk, 1)
    assert await questions(desk, clock) == [None] * 4

    def give(c: Connection) -> None:
        for n, rating_id in enumerate(c.scalars(select(ratings.c.id).order_by(ratings.c.id)).all()):
            given = Answer(score=n + 1)
            actions.answer(c, rating_id, given, TERMS, actor=actors.customer(1), now=clock.now())

    await desk.db.write(give)
    first = await desk.db.read(queries.newest, Which.ALL, TERMS, limit=3)
    assert [one.score for one in first] == [4, 3, 2]
    place = (first[-1].answered_at, first[-1].id)
    rest = await desk.db.read(queries.newest, Which.ALL, TERMS, before=place)
    assert [one.score for one in rest] == [1]


async def test_an_erased_customers_score_stays_without_his_words(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    row = await asked(desk, clock)
    given = Answer(score=1, comment="I live in Elm Street.")
    ada = actors.customer(1)
    await desk.db.write(actions.answer, row.id, given, TERMS, actor=ada, now=clock.now())
    (kept,) = await desk.db.read(erasing.of_person, [1])
    assert (kept["score"], kept["comment"]) == (1, "I live in Elm Street.")
    clock.advance(timedelta(minutes=1))
    assert await desk.db.write(erasing.erase, [row.identity_id], [1], now=clock.now()) == 1
    after = await desk.db.read(the_rating)
    assert (after.score, after.comment, after.expires_at) == (1, "", clock.now())


async def test_a_question_whose_worker_died_is_asked_once(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    await read(desk)
    clock.advance(timedelta(minutes=10))

    def lost(c: Connection) -> Job:
        (job,) = jobs.claim(c, survey.ASK, limit=1, lease=timedelta(seconds=1), now=clock.now())
        return job

    job = await desk.db.write(lost)
    clock.advance(timedelta(seconds=2))
    assert await questions(desk, clock, minutes=0) == [None]  # another process took it over
    with pytest.raises(Conflict):
        await desk.db.write(survey.ask, job, ASKS, now=clock.now())
    sent = select(func.count()).where(table.c.kind == DELIVER)
    await desk.until(lambda c: c.scalar(sent) == 0)
    assert [m.author for m in (await desk.db.read(said.messages_of, 1))] == [
        "customer",
        "agent",
        "bot",
    ]
