"""From a customer's message to suggestions beside the case, and what judging them teaches."""

import pytest
from sqlalchemy import Connection, func, select

from desk.db.engine import Database
from desk.events import log
from desk.events.actors import SYSTEM, agent
from desk.events.log import START, Event
from desk.kit.clock import FrozenClock
from desk.kit.errors import NotFound
from desk.ports.messages import Automation
from knowledge import actions, queries
from knowledge.handlers import on_event
from knowledge.index import KnowledgeIndex
from knowledge.queries import SuggestionView
from knowledge.rules import Outcome
from knowledge.tables import examples
from tests.knowledge.shop import Talk, open_shop, writes


async def handle(db: Database, clock: FrozenClock, index: KnowledgeIndex) -> None:
    def unit(c: Connection) -> None:
        for event in log.read(c, START, 500):
            on_event(c, event, index, now=clock.now())

    await db.write(unit)


async def suggested(db: Database, talk: Talk) -> list[SuggestionView]:
    assert talk.case_id
    return await db.read(queries.suggestions_of, 1000 + talk.case_id)


async def test_a_message_gets_three_suggestions_once(
    database: Database, clock: FrozenClock
) -> None:
    index = KnowledgeIndex()
    await database.write(open_shop, clock.now())
    talk = await database.write(writes, "When do I get my refund?", clock.now())
    await handle(database, clock, index)
    await handle(database, clock, index)
    found = await suggested(database, talk)
    assert [one.rank for one in found] == [1, 2, 3]
    assert found[0].slug == "refund"
    assert "refund" in found[0].reason
    kinds = [event.kind for event in await database.read(log.read, START, 500)]
    assert kinds.count("suggestions.made") == 1


async def test_the_last_message_that_had_answers_is_what_the_agent_sees(
    database: Database, clock: FrozenClock
) -> None:
    index = KnowledgeIndex()
    await database.write(open_shop, clock.now())
    talk = await database.write(writes, "When do I get my refund?", clock.now())
    await handle(database, clock, index)
    later = "And which credit cards do you take?"
    talk = await database.write(writes, later, clock.now(), to=talk)
    await handle(database, clock, index)
    assert (await suggested(database, talk))[0].slug == "payment-methods"


async def test_machines_get_no_suggestions(database: Database, clock: FrozenClock) -> None:
    await database.write(open_shop, clock.now())
    talk = await database.write(
        writes, "Out of office: refund", clock.now(), automation=Automation.AUTO_REPLY
    )
    await handle(database, clock, KnowledgeIndex())
    assert await suggested(database, talk) == []
    with pytest.raises(NotFound):
        await database.read(queries.suggestions_of, 4)


async def test_a_used_suggestion_teaches_every_process_without_personal_data(
    database: Database, clock: FrozenClock
) -> None:
    here, elsewhere = KnowledgeIndex(), KnowledgeIndex()
    await database.write(open_shop, clock.now())
    await database.read(elsewhere.freshen)
    text = "the zorb of order A-4711 squeaks, mail ada@example.com"
    talk = await database.write(writes, text, clock.now())
    article = await database.read(queries.public_article, "warranty")

    def teach(c: Connection) -> None:
        assert actions.teach(c, talk.message_id, article.id, now=clock.now())
        assert not actions.teach(c, talk.message_id, article.id, now=clock.now())

    await database.write(teach)
    for index in (here, elsewhere):
        found = await database.read(index.suggest, "my zorb squeaks")
        assert found[0].article_id == article.id
        assert found[0].reason.startswith("1 case like this")
    kept = await database.read(lambda c: c.execute(select(examples.c.text)).scalars().all())
    assert not any("4711" in text or "ada" in text for text in kept)


@pytest.mark.parametrize(
    ("outcome", "taught"), [(Outcome.USED, 1), (Outcome.HELPFUL, 1), (Outcome.NOT_HELPFUL, 0)]
)
async def test_judging_a_suggestion_is_kept_once(
    database: Database, clock: FrozenClock, outcome: Outcome, taught: int
) -> None:
    await database.write(open_shop, clock.now())
    talk = await database.write(writes, "When do I get my refund?", clock.now())
    await handle(database, clock, KnowledgeIndex())
    best = (await suggested(database, talk))[0]

    def judge(c: Connection) -> None:
        actions.judge(c, best.id, outcome, actor=agent(1), now=clock.now())

    await database.write(judge)
    await database.write(judge)
    assert (await suggested(database, talk))[0].outcome == outcome
    count = select(func.count()).select_from(examples)
    assert await database.read(lambda c: c.execute(count).scalar_one()) == taught
    events: list[Event] = await database.read(log.read, START, 500)
    assert [e.kind for e in events].count("suggestion.judged") == 1
    with pytest.raises(NotFound):
        await database.write(actions.judge, 999, outcome, actor=SYSTEM, now=clock.now())
