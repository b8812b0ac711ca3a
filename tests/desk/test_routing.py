"""Routing on the record: who gets what, when, why; and never twice."""

import asyncio
from collections import Counter
from datetime import timedelta

from sqlalchemy import Connection, select, update

from desk.agents import actions as agents
from desk.agents import queries as people
from desk.agents.rules import Presence
from desk.agents.tables import agents as agent_rows
from desk.cases import actions as cases
from desk.cases.actions import NewCase
from desk.cases.rules import Priority, Status
from desk.cases.tables import cases as case_rows
from desk.customers import actions as customers
from desk.db.engine import Database
from desk.events.actors import BOT, agent, customer
from desk.kit.clock import FrozenClock
from desk.ports.messages import Sender
from desk.queues import actions as queues
from desk.routing import actions as routing
from desk.routing import queries
from desk.routing.jobs import sweep
from desk.routing.rules import Trigger
from desk.routing.tables import routing_decisions
from tests.conftest import MONDAY
from tests.desk.small_desk import SLOTS, Desk, come, furnish, hire, pump, write

MINUTE = timedelta(minutes=1)


def owner(c: Connection, case_id: int) -> object:
    return c.execute(select(case_rows.c.assignee_id).where(case_rows.c.id == case_id)).scalar_one()


def move_to(c: Connection, case_id: int, status: Status) -> None:
    cases.set_status(c, case_id, status, actor=agent(1), now=MONDAY)


def number(c: Connection, case_id: int) -> int:
    return int(c.execute(select(case_rows.c.number).where(case_rows.c.id == case_id)).scalar_one())


async def why(db: Database, case_id: int) -> list[queries.DecisionView]:
    return await db.read(queries.decisions, await db.read(number, case_id))


async def desk_with(db: Database, *names: str) -> Desk:
    desk = await db.write(furnish, MONDAY)
    for name in names:
        await db.write(come, desk.alice_id if name == "Alice" else desk.bob_id, MONDAY)
    await pump(db, MONDAY, route=True)
    return desk


async def test_a_new_case_goes_to_whoever_is_there_and_says_why(database: Database) -> None:
    desk = await desk_with(database, "Bob")
    case_id = await database.write(write, desk, MONDAY)
    await pump(database, MONDAY, route=True)
    assert await database.read(owner, case_id) == desk.bob_id
    (decision,) = await why(database, case_id)
    assert (decision.agent_name, decision.trigger, decision.won) == ("Bob", Trigger.ARRIVAL, True)
    assert decision.sentence == (
        "Bob: 0 of 8 points in use, the only one who can take it now. 240 of 240 min are left."
    )
    assert {one.name: one.reason for one in decision.candidates} == {
        "Bob": "0 of 8 points in use",
        "Alice": "is offline",
    }


async def test_cases_are_spread_over_those_who_are_there(database: Database) -> None:
    desk = await desk_with(database, "Alice", "Bob")
    owners = Counter[object]()
    for n in range(6):
        case_id = await database.write(write, desk, MONDAY + n * MINUTE, who=f"customer{n}")
        await pump(database, MONDAY + n * MINUTE, route=True)
        owners[await database.read(owner, case_id)] += 1
    assert owners == {desk.alice_id: 3, desk.bob_id: 3}


async def test_a_customer_comes_back_to_whom_he_knows(database: Database) -> None:
    desk = await desk_with(database, "Alice", "Bob")
    first = await database.write(write, desk, MONDAY)
    await pump(database, MONDAY, route=True)
    known = await database.read(owner, first)
    again = await database.write(write, desk, MONDAY + MINUTE)
    await pump(database, MONDAY + MINUTE, route=True)
    assert await database.read(owner, again) == known
    assert "had the customer's last case" in (await why(database, again))[0].sentence


async def test_a_queue_that_needs_a_skill_goes_to_who_has_it(database: Database) -> None:
    desk = await desk_with(database, "Alice", "Bob")

    def bob_knows_billing(c: Connection) -> None:
        queues.need_skill(c, desk.queue_id, "billing")
        mine = agent_rows.c.id == desk.bob_id
        c.execute(update(agent_rows).where(mine).values(skills=["billing"]))

    await database.write(bob_knows_billing)
    for n in range(3):
        case_id = await database.write(write, desk, MONDAY + n * MINUTE, who=f"customer{n}")
        await pump(database, MONDAY + n * MINUTE, route=True)
        assert await database.read(owner, case_id) == desk.bob_id
    (decision,) = await why(database, case_id)
    assert {one.name: one.reason for one in decision.candidates}["Alice"] == (
        "does not know billing, and Bob does"
    )


async def test_what_waited_is_given_out_the_moment_an_agent_comes(database: Database) -> None:
    desk = await desk_with(database)
    low = await database.write(write, desk, MONDAY, priority=Priority.LOW)
    urgent = await database.write(write, desk, MONDAY + MINUTE, priority=Priority.URGENT)
    await pump(database, MONDAY + MINUTE, route=True)
    assert await database.read(owner, low) is None
    (nobody,) = await why(database, low)
    assert nobody.sentence == "Nobody can take it now: Alice is offline; Bob is offline."

    await database.write(come, desk.alice_id, MONDAY + 2 * MINUTE)
    await pump(database, MONDAY + 2 * MINUTE, route=True)
    assert await database.read(owner, low) == await database.read(owner, urgent) == desk.alice_id
    assert (await why(database, urgent))[0].id < (await why(database, low))[0].id


async def test_a_full_agent_gets_the_next_case_when_one_of_his_is_done(database: Database) -> None:
    desk = await desk_with(database, "Bob")
    chats = [await database.write(write, desk, MONDAY, channel="chat") for _ in range(3)]
    await pump(database, MONDAY, route=True)
    waiting = [one for one in chats if await database.read(owner, one) is None]
    assert len(waiting) == 1  # two chats take 6 of 8 points, a third does not fit
    done = next(one for one in chats if one not in waiting)
    await database.write(move_to, done, Status.RESOLVED)
    await pump(database, MONDAY, route=True)
    assert await database.read(owner, waiting[0]) == desk.bob_id


async def test_a_small_case_is_not_held_up_by_large_ones_that_do_not_fit(
    database: Database,
) -> None:
    desk = await desk_with(database, "Bob")
    for _ in range(3):
        await database.write(write, desk, MONDAY, channel="chat")
    mail = await database.write(write, desk, MONDAY + MINUTE)
    await database.write(lambda c: sweep(c, MONDAY + MINUTE, slots=SLOTS, limit=2))
    await database.write(lambda c: sweep(c, MONDAY + MINUTE, slots=SLOTS, limit=2))
    assert await database.read(owner, mail) == desk.bob_id


async def test_waiting_for_the_customer_takes_no_room(database: Database) -> None:
    desk = await desk_with(database, "Bob")
    for _ in range(2):
        case_id = await database.write(write, desk, MONDAY, channel="chat")
        await pump(database, MONDAY, route=True)
        await database.write(move_to, case_id, Status.PENDING)
    assert await database.read(queries.loads, [desk.bob_id], SLOTS) == {}


async def test_a_case_with_the_bot_waits_until_it_is_handed_off(database: Database) -> None:
    desk = await desk_with(database, "Bob")

    def greet(c: Connection) -> int:
        ada = customers.identify(c, "chat", Sender(address="v1", name="Ada"), actor=BOT, now=MONDAY)
        new = NewCase(
            subject="Hello",
            customer_id=ada.customer_id,
            queue_id=desk.queue_id,
            inbox="mail",
            channel="chat",
            with_bot=True,
        )
        return cases.open_case(c, new, actor=customer(ada.customer_id), now=MONDAY)

    case_id = await database.write(greet)
    await pump(database, MONDAY, route=True)
    assert await database.read(owner, case_id) is None

    def hand_off(c: Connection) -> None:
        cases.hand_off(c, case_id, "asked for a person", actor=BOT, now=MONDAY)

    await database.write(hand_off)
    await pump(database, MONDAY, route=True)
    assert await database.read(owner, case_id) == desk.bob_id


async def test_who_gives_a_case_back_does_not_get_it_again(database: Database) -> None:
    desk = await desk_with(database, "Bob")
    case_id = await database.write(write, desk, MONDAY)
    await pump(database, MONDAY, route=True)

    def give_back(c: Connection) -> None:
        cases.assign(c, case_id, None, actor=agent(desk.bob_id), now=MONDAY)

    await database.write(give_back)
    await pump(database, MONDAY, route=True)
    assert await database.read(owner, case_id) is None
    await database.write(come, desk.alice_id, MONDAY)
    await pump(database, MONDAY, route=True)
    assert await database.read(owner, case_id) == desk.alice_id
    judged = {one.name: one.reason for one in (await why(database, case_id))[0].candidates}
    assert judged["Bob"] == "gave it back"


async def test_a_case_moved_to_another_queue_goes_to_those_who_serve_that(
    database: Database,
) -> None:
    desk = await desk_with(database, "Bob")
    case_id = await database.write(write, desk, MONDAY)
    await pump(database, MONDAY, route=True)

    def open_billing(c: Connection) -> tuple[int, int]:
        team = agents.create_team(c, "Billing")
        billing = queues.define_queue(c, "billing", "Billing", None, now=MONDAY)
        queues.serve(c, billing, [team])
        chidi = hire(c, "Chidi", team, MONDAY)
        come(c, chidi, MONDAY)
        return billing, chidi

    def transfer(c: Connection) -> None:
        cases.transfer(c, case_id, billing, actor=agent(desk.bob_id), now=MONDAY)

    billing, chidi = await database.write(open_billing)
    await pump(database, MONDAY, route=True)
    await database.write(transfer)
    await pump(database, MONDAY, route=True)
    assert await database.read(owner, case_id) == chidi
    assert (await why(database, case_id))[0].trigger == Trigger.MOVED


async def test_a_case_that_has_an_owner_is_not_routed(database: Database) -> None:
    desk = await desk_with(database, "Alice", "Bob")
    case_id = await database.write(write, desk, MONDAY)

    def take(c: Connection) -> None:
        cases.assign(c, case_id, desk.bob_id, actor=agent(desk.bob_id), now=MONDAY)

    await database.write(take)
    await pump(database, MONDAY, route=True)
    assert await database.read(owner, case_id) == desk.bob_id
    assert await why(database, case_id) == []


async def test_four_dispatchers_never_give_a_case_twice_nor_more_than_fits(
    database: Database, clock: FrozenClock
) -> None:
    desk = await database.write(furnish, clock.now())

    def fill(c: Connection) -> list[int]:
        for n in range(6):
            come(c, hire(c, f"Agent{n}", desk.team_id, MONDAY, capacity=4 + n), MONDAY)
        return [
            write(c, desk, MONDAY, channel=("chat", "telegram", "email")[n % 3]) for n in range(60)
        ]

    case_ids = await database.write(fill)

    def route(c: Connection, case_id: int) -> None:
        routing.route_case(c, case_id, slots=SLOTS, now=MONDAY)

    async def one_by_one(part: list[int]) -> None:
        for case_id in part:
            await database.write(route, case_id)

    async def drain() -> None:
        for _ in range(8):
            await database.write(lambda c: routing.drain(c, slots=SLOTS, now=MONDAY, limit=9))

    backwards = case_ids[::-1]
    await asyncio.gather(one_by_one(case_ids), drain(), one_by_one(backwards), drain())

    def books(c: Connection) -> tuple[dict[int, float], dict[int, float], list[int]]:
        everyone = people.available(c, presences=tuple(Presence))
        used = queries.loads(c, [one.id for one in everyone], SLOTS)
        claims = c.scalars(select(routing_decisions.c.case_id).where(routing_decisions.c.won))
        return {one.id: one.capacity for one in everyone}, used, list(claims)

    capacity, used, claims = await database.read(books)
    assert len(claims) == len(set(claims))
    assert all(used[agent_id] <= capacity[agent_id] for agent_id in used)
    assert sum(used.values()) >= sum(capacity[agent_id] for agent_id in used) - 6
