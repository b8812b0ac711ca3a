"""Who is asked how it went, when, and what becomes of the answer: in the record."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from bot.flows import survey
from bot.flows.survey import Survey
from channels.sandbox.paper import PaperChannel
from desk.cases import actions as cases
from desk.cases import merging
from desk.cases.outgoing import outgoing
from desk.cases.rules import Status
from desk.customers import actions as customers
from desk.db import jobs
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.tables import jobs as table
from desk.events import actors, log
from desk.events.actors import SYSTEM
from desk.events.log import START
from desk.kit.clock import FrozenClock
from desk.kit.errors import Conflict, Invalid
from desk.messages import queries as said
from desk.messages.amending import AMEND
from desk.messages.deliveries import DELIVER
from desk.ports.messages import Automation, ButtonPressed, InboundMessage, Sender
from desk.satisfaction import actions, erasing, queries
from desk.satisfaction.actions import Answer
from desk.satisfaction.queries import Which
from desk.satisfaction.rules import TERMS
from desk.satisfaction.tables import ratings
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled

ADA = Sender(address="ada", name="Ada")
EVE = Sender(address="eve", name="Eve")
ASKS = Survey(
    inboxes=frozenset({INBOX}),
    changing=frozenset({PaperChannel.kind}),
    public_url="https://desk.example",
    secret="secret",
)


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    """A desk on which Ada has asked something and Alice has answered."""
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    async with paper.working():
        await ask_desk(paper, "1")
        await answer(paper, 1, "It comes on Monday.")
        yield paper


async def answer(desk: PaperDesk, case_id: int, words: str) -> None:
    """Let Alice answer and her words arrive."""
    message_id = await desk.answer(case_id, words)
    await desk.until(lambda c: said.message(c, message_id).state == "accepted")


async def ask_desk(desk: PaperDesk, key: str, sender: Sender = ADA, **more: Any) -> None:
    fields = {"text": "Where is my lamp?", "thread": f"t{key}", **more}
    message = InboundMessage(external_id=key, sender=sender, **fields)
    await desk.arrive(key, message, order=f"t{key}")
    await desk.until(settled)


async def resolve(desk: PaperDesk, case_id: int = 1) -> None:
    who, now = actors.agent(desk.alice), desk.clock.now()
    await desk.db.write(cases.set_status, case_id, Status.RESOLVED, actor=who, now=now)


async def read(desk: PaperDesk, about: Survey = ASKS) -> None:
    """Let the reader of ratings see every fact once, as far as it has not."""

    def unit(c: Connection) -> None:
        cursor = log.load_cursor(c, "ratings") or START
        while batch := log.read(c, cursor, 100):
            for event in batch:
                survey.on_event(c, event, survey=about, now=desk.clock.now())
                cursor = event.cursor
        log.save_cursor(c, "ratings", cursor)

    await desk.db.write(unit)


async def questions(
    desk: PaperDesk, clock: FrozenClock, minutes: float = 10, about: Survey = ASKS
) -> list[str | None]:
    """Let time pass and ask what is due; return for each why nobody was asked, if so."""
    await read(desk, about)
    clock.advance(timedelta(minutes=minutes))
    lease = timedelta(seconds=30)

    def unit(c: Connection) -> list[str | None]:
        due = jobs.claim(c, survey.ASK, limit=9, lease=lease, now=clock.now())
        return [survey.ask(c, job, about, now=clock.now()) for job in due]

    return await desk.db.write(unit)


def the_rating(c: Connection) -> Any:
    return c.execute(select(ratings)).one()


async def asked(desk: PaperDesk, clock: FrozenClock) -> Any:
    """Let Ada be asked, the question arrive, and return the rating."""
    await resolve(desk)
    assert await questions(desk, clock) == [None]
    row = await desk.db.read(the_rating)
    await desk.until(lambda c: said.message(c, row.message_id).state == "accepted")
    return row


async def press(desk: PaperDesk, value: str, sender: Sender = ADA, key: str = "p1") -> None:
    row = await desk.db.read(the_rating)

    def network_id(c: Connection) -> str | None:
        return next(iter(said.thread_ids(c, row.case_id, INBOX)[-1:]), None)

    source = await desk.db.read(network_id)
    what = ButtonPressed(
        external_id=key, source_external_id=source, sender=sender, thread="t1", value=value
    )
    await desk.arrive(key, what)
    await desk.until(settled)
    await read(desk)


async def kinds(desk: PaperDesk, case_id: int = 1) -> list[str]:
    return [event.kind for event in await desk.db.read(log.of_case, case_id)]


async def test_a_customer_is_asked_ten_minutes_after_his_case_is_done(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    assert await questions(desk, clock, minutes=9) == []
    assert await questions(desk, clock, minutes=1) == [None]
    row = await desk.db.read(the_rating)
    assert (row.case_id, row.episode, row.agent_id, row.score) == (1, 1, desk.alice, None)
    question = await desk.db.read(said.message, row.message_id)
    assert [one["value"] for one in question.choices] == [f"rating:{n}" for n in range(1, 6)]
    assert (await desk.cases())[0].status == Status.RESOLVED


async def test_a_case_that_goes_on_is_not_asked_about(desk: PaperDesk, clock: FrozenClock) -> None:
    await resolve(desk)
    await read(desk)
    await desk.arrive(
        "2", InboundMessage(external_id="2", sender=ADA, thread="t1", text="No lamp!")
    )
    await desk.until(settled)
    assert await questions(desk, clock, minutes=60) == []
    assert await desk.db.read(lambda c: c.scalar(select(func.count()).select_from(ratings))) == 0


async def test_each_time_a_case_is_done_may_be_asked_about(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await asked(desk, clock)
    clock.advance(timedelta(days=3))
    who = actors.agent(desk.alice)
    await desk.db.write(cases.reopen, 1, "again", actor=who, now=clock.now())
    await answer(desk, 1, "It is on its way again.")
    await resolve(desk)
    every = replace(ASKS, terms=replace(TERMS, once_in_days=0))
    assert await questions(desk, clock) == ["he was asked lately"]
    await desk.db.write(cases.reopen, 1, "again", actor=who, now=clock.now())
    await answer(desk, 1, "And again.")
    await resolve(desk)
    assert await questions(desk, clock, about=every) == [None]
    episodes = select(ratings.c.episode).order_by(ratings.c.id)
    assert await desk.db.read(lambda c: list(c.scalars(episodes))) == [1, 3]


async def test_nobody_is_asked_whom_no_person_answered(desk: PaperDesk, clock: FrozenClock) -> None:
    await ask_desk(desk, "2", EVE)
    await resolve(desk, 2)
    assert await questions(desk, clock) == ["no person answered him"]


async def test_no_machine_is_asked(desk: PaperDesk, clock: FrozenClock) -> None:
    await ask_desk(desk, "2", EVE, automation=Automation.LIST)
    await resolve(desk, 2)
    assert await questions(desk, clock) != [None]


async def test_who_blocked_us_or_wants_it_not_is_not_asked(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    place = await desk.db.read(said.last_place, 1, None)
    assert place is not None
    now = clock.now()
    await desk.db.write(actions.refuse, place.identity_id, now=now)
    await desk.db.write(actions.refuse, place.identity_id, now=now)  # twice is once
    assert await questions(desk, clock) == ["he does not want to be asked"]
    await ask_desk(desk, "2", EVE)
    await answer(desk, 2, "Hello.")
    await resolve(desk, 2)
    other = await desk.db.read(said.last_place, 2, None)
    assert other is not None
    await desk.db.write(
        customers.set_reachable, other.identity_id, False, "blocked", actor=SYSTEM, now=now
    )
    assert await questions(desk, clock) == ["he cannot be reached"]


async def test_a_merged_case_is_not_asked_about(desk: PaperDesk, clock: FrozenClock) -> None:
    await ask_desk(desk, "2", thread="t9", wants_new_case=True)
    await answer(desk, 2, "Hello.")
    await resolve(desk, 2)
    await read(desk)
    who = actors.agent(desk.alice)
    await desk.db.write(merging.merge, 2, 1, actor=who, now=clock.now())
    assert await questions(desk, clock) in ([], ["the case was merged into another"])


async def test_two_cases_that_end_together_are_one_question(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await ask_desk(desk, "2", thread="t9", wants_new_case=True)
    await answer(desk, 2, "Hello.")
    await resolve(desk, 1)
    await resolve(desk, 2)
    assert sorted(map(str, await questions(desk, clock))) == ["None", "he was asked lately"]


async def test_an_inbox_that_does_not_ask_plans_nothing(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    assert await questions(desk, clock, about=replace(ASKS, inboxes=frozenset())) == []


async def test_cases_of_before_the_upgrade_are_left_alone(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    clock.advance(timedelta(days=2))
    assert await questions(desk, clock) == []


async def test_a_letter_waits_for_working_hours(desk: PaperDesk, clock: FrozenClock) -> None:
    by_mail = replace(ASKS, letters=frozenset({"paper"}))  # Monday 9:00, open 9 to 17
    await resolve(desk)
    await read(desk, by_mail)
    due = await desk.db.read(jobs.next_due, survey.ASK)
    assert due == clock.now() + timedelta(days=2, hours=8)  # 24 h: Wednesday at 17:00


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
    assert await desk.db.read(survey.dressed, out, ASKS) == out
    letter = (await desk.db.read(survey.dressed, out, by_mail)).message
    assert [str(one.url)[-8:] for one in letter.choices] == [f"?score={n}" for n in range(1, 6)]
    assert letter.stop_url.startswith("https://desk.example/rate/")
    again = (await desk.db.read(survey.dressed, out, by_mail)).message
    assert again == letter  # sent twice it is the same mail
    answer = await desk.db.read(outgoing, 2, row.identity_id, voice="Parley")
    assert await desk.db.read(survey.dressed, answer, by_mail) == answer


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
