"""The bot on the record: what it writes into a case, and when it is silent."""

from datetime import timedelta

from msgspec.structs import replace
from sqlalchemy import Connection, select

from bot.flows.engine import ARTICLE, NO, YES
from bot.flows.handlers import Flows, on_event
from bot.flows.phrasebook import all_words
from desk.agents.actions import AgentDraft, create_agent
from desk.cases.tables import cases
from desk.cases.talk import Reply, reply
from desk.db.engine import Database
from desk.events import log
from desk.events.actors import SYSTEM, agent
from desk.events.facts import ChoiceTaken
from desk.events.log import START, Cursor
from desk.kit.clock import FrozenClock
from desk.messages.tables import messages
from desk.ports.messages import Automation
from desk.queues.actions import define_calendar, define_queue
from knowledge import actions, queries
from knowledge.index import KnowledgeIndex
from knowledge.rules import Visibility
from knowledge.tables import article_feedback, suggestions
from tests.knowledge.shop import DRAFTS, Talk, open_shop, writes

all_words()  # read before a loop runs, as the program does
QUESTION = "Can I pay in instalments?"


class Desk:
    """A shop with its bot, which reads the event log as the switchboard does."""

    def __init__(self, db: Database, clock: FrozenClock) -> None:
        self.db = db
        self.clock = clock
        self.flows = Flows(index=KnowledgeIndex(), public_url="https://shop.example/")
        self.read: Cursor = START

    async def open(self) -> None:
        await self.db.write(open_shop, self.clock.now())

    async def ada(
        self, text: str, to: Talk | None = None, *, automation: Automation | None = None
    ) -> Talk:
        self.clock.advance(timedelta(seconds=20))
        now = self.clock.now()
        talk = await self.db.write(writes, text, now, to=to, automation=automation)
        await self.look()
        return talk

    async def press(self, talk: Talk, value: str) -> None:
        fact = ChoiceTaken(message_id=talk.message_id, value=value, inbox="chat")
        now = self.clock.now()
        await self.db.write(log.append, fact, now=now, actor=SYSTEM, case_id=talk.case_id)
        await self.look()

    async def look(self) -> None:
        def unit(c: Connection) -> Cursor:
            for event in log.read(c, self.read, 500):
                on_event(c, event, talk=self.flows, now=self.clock.now())
                self.read = event.cursor
            return self.read

        self.read = await self.db.write(unit)

    async def said(self, talk: Talk) -> list[str]:
        def unit(c: Connection) -> list[str]:
            query = select(messages.c.text).where(
                messages.c.case_id == talk.case_id, messages.c.author == "bot"
            )
            return list(c.scalars(query.order_by(messages.c.id)))

        return await self.db.read(unit)

    async def state(self, talk: Talk) -> tuple[str, bool]:
        query = select(cases.c.status, cases.c.with_bot).where(cases.c.id == talk.case_id)
        row = await self.db.read(lambda c: c.execute(query).one())
        return row.status, row.with_bot


async def test_a_sure_answer_that_helped_resolves_the_case_and_teaches(
    database: Database, clock: FrozenClock
) -> None:
    desk = Desk(database, clock)
    await desk.open()
    talk = await desk.ada(QUESTION)
    greeting, answer = await desk.said(talk)
    assert "assistant" in greeting
    assert "https://shop.example/help/payment-methods?lang=en" in answer
    assert await desk.state(talk) == ("new", True)
    await desk.press(talk, YES)
    assert await desk.state(talk) == ("resolved", False)
    assert len(await desk.said(talk)) == 3
    learned = await database.read(queries.examples_after, 0, 10)
    assert [row.text for row in learned] == [f"{QUESTION}"]


async def test_a_no_brings_another_answer_or_a_person_and_is_remembered(
    database: Database, clock: FrozenClock
) -> None:
    desk = Desk(database, clock)
    await desk.open()
    talk = await desk.ada(QUESTION)
    for _ in range(3):
        await desk.press(talk, NO)
    assert await desk.state(talk) == ("new", False)
    said = await desk.said(talk)
    assert len(said) == len(set(said))
    query = select(suggestions.c.outcome).where(suggestions.c.rank == 1)
    assert await database.read(lambda c: c.execute(query).scalar_one()) == "not_helpful"


async def test_the_word_human_hands_over_at_once_and_the_bot_is_silent_for_good(
    database: Database, clock: FrozenClock
) -> None:
    desk = Desk(database, clock)
    await desk.open()
    talk = await desk.ada("human")
    assert len(await desk.said(talk)) == 1
    assert await desk.state(talk) == ("new", False)
    await desk.ada(QUESTION, talk)
    assert len(await desk.said(talk)) == 1
    events = await database.read(log.read, START, 500)
    handed = [e.body["reason"] for e in events if e.kind == "case.handed_off"]
    assert handed == ["asked for a person"]


async def test_a_person_who_writes_takes_the_case_from_the_bot(
    database: Database, clock: FrozenClock
) -> None:
    def answers(c: Connection) -> None:
        said = Reply(text="Bob here.", html="<p>Bob here.</p>")
        reply(c, talk.case_id, said, actor=agent(agent_id), now=clock.now())

    desk = Desk(database, clock)
    await desk.open()
    agent_id = await database.write(hire_bob, clock)
    talk = await desk.ada(QUESTION)
    await database.write(answers)
    await desk.ada("What about PayPal?", talk)
    await desk.press(talk, YES)
    assert len(await desk.said(talk)) == 2
    assert (await desk.state(talk))[1] is False


async def test_a_restart_forgets_nothing(database: Database, clock: FrozenClock) -> None:
    desk = Desk(database, clock)
    await desk.open()
    talk = await desk.ada("hello")
    again = Desk(database, clock)
    again.read = desk.read
    await again.ada("hi", talk)
    said = await again.said(talk)
    assert len(said) == 2
    assert "assistant" not in said[1]


async def test_a_choice_from_the_menu_is_answered(database: Database, clock: FrozenClock) -> None:
    desk = Desk(database, clock)
    await desk.open()
    talk = await desk.ada("hello")
    article = await database.read(queries.public_article, "returns")
    await desk.press(talk, f"{ARTICLE}{article.id}")
    assert article.short_answer in (await desk.said(talk))[-1]
    await desk.press(talk, f"{ARTICLE}999999999999999999999999")
    assert (await desk.state(talk))[1] is False


async def test_an_internal_article_is_never_an_answer(
    database: Database, clock: FrozenClock
) -> None:
    desk = Desk(database, clock)
    await desk.open()
    draft = next(draft for draft in DRAFTS if draft.slug == "payment-methods")
    hidden = replace(draft, visibility=Visibility.INTERNAL)
    await database.write(actions.publish, hidden, actor=SYSTEM, now=clock.now())
    talk = await desk.ada(QUESTION)
    assert not any("payment-methods" in text for text in await desk.said(talk))


async def test_machines_are_not_talked_with(database: Database, clock: FrozenClock) -> None:
    desk = Desk(database, clock)
    await desk.open()
    talk = await desk.ada(
        "I am on holiday. Can I pay in instalments?", automation=Automation.AUTO_REPLY
    )
    assert await desk.said(talk) == []
    assert await desk.state(talk) == ("new", True)


async def test_on_a_sunday_the_customer_hears_when_the_desk_opens(
    database: Database, clock: FrozenClock
) -> None:
    def weekdays(c: Connection) -> None:
        weekly = {str(day): [["09:00", "17:00"]] for day in range(1, 6)}
        calendar_id = define_calendar(c, "office", "Europe/Paris", weekly, {})
        define_queue(c, "support", "Support", calendar_id, now=clock.now())

    desk = Desk(database, clock)
    await desk.open()
    await database.write(weekdays)
    clock.advance(timedelta(days=6))
    talk = await desk.ada("human please")
    assert "2026-03-09, 09:00 (Europe/Paris)" in (await desk.said(talk))[0]


async def test_a_readers_yes_about_an_article_is_kept_without_the_reader(
    database: Database, clock: FrozenClock
) -> None:
    await database.write(open_shop, clock.now())
    await database.write(actions.give_feedback, 1, helped=True, now=clock.now())
    row = await database.read(lambda c: c.execute(select(article_feedback)).one())
    assert (row.article_id, row.helped, row.version) == (1, True, 1)


def hire_bob(c: Connection, clock: FrozenClock) -> int:
    draft = AgentDraft(name="Bob", email="bob@shop.example")
    return create_agent(c, draft, actor=SYSTEM, now=clock.now())
