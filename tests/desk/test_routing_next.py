"""Who likes to pull: the next case is what waiting costs most for, and everybody gets another."""

import asyncio
from datetime import timedelta

from aiohttp import web
from sqlalchemy import Connection, select

from desk.agents import actions as agents
from desk.cases import actions as cases
from desk.cases import api as cases_api
from desk.cases.rules import Priority
from desk.cases.tables import cases as case_rows
from desk.db.engine import Database
from desk.events.actors import agent
from desk.http import Role
from desk.queues import actions as queues
from desk.routing import actions as routing
from desk.routing import api as routing_api
from desk.routing import queries
from desk.web.app import Shell
from tests.conftest import MONDAY
from tests.desk.served import served
from tests.desk.small_desk import SLOTS, Desk, come, furnish, hire, pump, write

MINUTE = timedelta(minutes=1)


def owner(c: Connection, case_id: int) -> object:
    return c.execute(select(case_rows.c.assignee_id).where(case_rows.c.id == case_id)).scalar_one()


async def pulling_desk(db: Database) -> Desk:
    """Alice and Bob are there, and nobody is given anything."""
    desk = await db.write(furnish, MONDAY)
    await db.write(lambda c: queues.let_pull(c, desk.queue_id, pulls=True))
    for agent_id in (desk.alice_id, desk.bob_id):
        await db.write(come, agent_id, MONDAY)
    return desk


async def take(db: Database, agent_id: int) -> int | None:
    return await db.write(routing.take_next, agent_id, slots=SLOTS, now=MONDAY)


async def test_a_queue_that_pulls_gives_its_cases_to_nobody(database: Database) -> None:
    desk = await pulling_desk(database)
    case_id = await database.write(write, desk, MONDAY)
    await pump(database, MONDAY, route=True)
    await database.write(lambda c: routing.drain(c, slots=SLOTS, now=MONDAY))
    assert await database.read(owner, case_id) is None
    assert not await database.read(queries.has_backlog)


async def test_who_asks_gets_what_presses_most_and_the_case_says_so(database: Database) -> None:
    desk = await pulling_desk(database)
    early = await database.write(write, desk, MONDAY, who="ada")
    late = MONDAY + MINUTE
    urgent = await database.write(write, desk, late, who="bea", priority=Priority.URGENT)
    await pump(database, late, route=True)
    assert [await take(database, desk.alice_id) for _ in range(3)] == [urgent, early, None]

    def why(c: Connection) -> queries.DecisionView:
        row = select(case_rows.c.number).where(case_rows.c.id == urgent)
        (decision,) = queries.decisions(c, c.execute(row).scalar_one())
        return decision

    decision = await database.read(why)
    assert (decision.trigger, decision.agent_name, decision.won) == ("next", "Alice", True)
    assert decision.sentence.startswith("Alice asked for the next case: 0 of 8 points in use.")


async def test_who_asks_gets_more_than_he_is_given(database: Database) -> None:
    desk = await database.write(furnish, MONDAY)
    await database.write(come, desk.alice_id, MONDAY)
    for n in range(9):
        case_id = await database.write(write, desk, MONDAY, who=f"customer{n}")
        await pump(database, MONDAY, route=True)
    assert await database.read(owner, case_id) is None  # Alice is full
    assert await take(database, desk.alice_id) == case_id


async def test_what_he_gave_back_and_what_others_serve_is_not_his_next(database: Database) -> None:
    desk = await pulling_desk(database)
    case_id = await database.write(write, desk, MONDAY)
    await pump(database, MONDAY, route=True)

    def give_back(c: Connection) -> None:
        cases.assign(c, case_id, None, actor=agent(desk.alice_id), now=MONDAY)

    def hire_elsewhere(c: Connection) -> int:
        return hire(c, "Stranger", agents.create_team(c, "Elsewhere"), MONDAY)

    stranger = await database.write(hire_elsewhere)
    assert await take(database, stranger) is None
    assert await take(database, desk.alice_id) == case_id
    await database.write(give_back)
    assert await take(database, desk.alice_id) is None
    assert await take(database, desk.bob_id) == case_id


async def test_many_who_ask_at_once_get_a_case_each(database: Database) -> None:
    desk = await pulling_desk(database)

    def fill(c: Connection) -> list[int]:
        for n in range(20):
            write(c, desk, MONDAY, who=f"customer{n}")
        return [hire(c, f"Agent{n}", desk.team_id, MONDAY) for n in range(5)]

    people = await database.write(fill)
    asks = [take(database, agent_id) for agent_id in people * 5]
    pushes = [database.write(lambda c: routing.drain(c, slots=SLOTS, now=MONDAY)) for _ in range(3)]
    got, _ = await asyncio.gather(asyncio.gather(*asks), asyncio.gather(*pushes))
    given = [case_id for case_id in got if case_id is not None]
    assert len(given) == len(set(given)) == 20


async def test_the_next_case_is_asked_for_over_http(database: Database) -> None:
    def fill(c: Connection) -> None:
        desk = furnish(c, MONDAY)
        queues.serve(c, desk.queue_id, [])
        queues.let_pull(c, desk.queue_id, pulls=True)
        write(c, desk, MONDAY)

    await database.write(fill)

    def prepare(app: web.Application) -> None:
        app[routing_api.SLOTS] = SLOTS

    shell = Shell(routes=[routing_api.routes, cases_api.routes])
    async with served(database, shell, prepare=prepare) as desk:
        client, nobody = await desk.client(Role.AGENT), await desk.nobody()
        async with nobody.post("/api/v1/routing/next") as refused:
            assert refused.status == 401
        for number in (1001, None):
            async with client.post("/api/v1/routing/next") as reply:
                assert await reply.json() == {"number": number}
        async with client.get("/api/v1/cases/1001") as reply:
            assert (await reply.json())["case"]["assignee_id"] == desk.ids[Role.AGENT]
