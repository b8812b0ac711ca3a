"""Agents and teams in the database, on both engines."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from desk.agents import actions, queries, sessions
from desk.agents.actions import AgentDraft
from desk.agents.rules import Presence
from desk.agents.sessions import Place
from desk.db.engine import Database
from desk.events import log
from desk.events.actors import SYSTEM
from desk.http import Role
from desk.kit.errors import Conflict, NotFound
from desk.kit.ids import hash_token

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ALICE = AgentDraft(
    email="Alice@desk.example", name="Alice", languages=("en", "es"), skills=("billing",)
)
NONE = timedelta()
BOB = AgentDraft(email="bob@desk.example", name="Bob", capacity=3.0)


async def test_an_agent_is_found_as_created(database: Database) -> None:
    alice = await database.write(actions.create_agent, ALICE, actor=SYSTEM, now=NOW)
    shown = await database.read(queries.show_agent, alice)
    assert (shown.email, shown.role, shown.presence) == (
        "alice@desk.example",
        Role.AGENT,
        Presence.OFFLINE,
    )
    assert shown.languages == ["en", "es"]
    assert await database.read(queries.agent_id_of, "alice@desk.example") == alice
    assert await database.read(queries.names_of, [alice]) == {alice: "Alice"}


async def test_two_agents_cannot_share_an_address(database: Database) -> None:
    await database.write(actions.create_agent, ALICE, actor=SYSTEM, now=NOW)
    with pytest.raises(Conflict, match="already"):
        await database.write(actions.create_agent, ALICE, actor=SYSTEM, now=NOW)


async def test_routing_sees_who_is_there_with_teams_and_skills(database: Database) -> None:
    alice, bob, team = await database.write(_two_agents_and_a_team)
    assert await database.read(queries.available) == []
    for agent in (alice, bob):
        await database.write(actions.set_presence, agent, Presence.ONLINE, actor=SYSTEM, now=NOW)
    await database.write(actions.note_assigned, bob, now=NOW)
    found = await database.read(queries.available)
    assert [agent.name for agent in found] == ["Alice", "Bob"]
    assert found[0].team_ids == frozenset({team})
    assert found[0].skills == ("billing",)
    assert (found[1].capacity, found[1].last_assigned_at) == (3.0, NOW)
    assert [a.id for a in await database.read(_available_in, team)] == [alice]


async def test_who_has_left_takes_no_work_and_keeps_the_record(database: Database) -> None:
    alice, *_ = await database.write(_two_agents_and_a_team)
    await database.write(actions.set_presence, alice, Presence.ONLINE, actor=SYSTEM, now=NOW)
    await database.write(actions.deactivate, alice, actor=SYSTEM, now=NOW)
    assert await database.read(queries.available) == []
    assert not (await database.read(queries.show_agent, alice)).active
    with pytest.raises(NotFound):
        await database.write(actions.set_presence, alice, Presence.ONLINE, actor=SYSTEM, now=NOW)


async def test_presence_is_told_when_it_changes_and_only_then(database: Database) -> None:
    alice, *_ = await database.write(_two_agents_and_a_team)
    for reason in ("lunch", "lunch", "dentist"):
        await database.write(
            actions.set_presence, alice, Presence.AWAY, reason, actor=SYSTEM, now=NOW
        )
    told = await database.read(log.read, log.START, 100)
    reasons = [event.body["reason"] for event in told if event.kind == "agent.presence_changed"]
    assert reasons == ["lunch", "dentist"]


async def test_a_new_password_ends_every_session(database: Database) -> None:
    alice, *_ = await database.write(_two_agents_and_a_team)
    token = await database.write(sessions.open_session, alice, Place("::1", "curl"), now=NOW)
    assert await database.read(sessions.find_session, hash_token(token), NOW)
    await database.write(actions.set_password, alice, "$argon2id$…", actor=SYSTEM, now=NOW)
    assert await database.read(sessions.find_session, hash_token(token), NOW) is None


async def test_old_sessions_are_swept_and_live_ones_stay(database: Database) -> None:
    alice, *_ = await database.write(_two_agents_and_a_team)
    for now in (NOW - timedelta(days=15), NOW):
        await database.write(sessions.open_session, alice, Place("::1", "curl"), now=now)
    assert await database.write(sessions.forget_old_sessions, now=NOW) == 1
    assert len(await database.read(queries.list_sessions, alice, NOW)) == 1


async def test_whose_last_session_has_run_out_is_offline(database: Database) -> None:
    alice, bob, _ = await database.write(_two_agents_and_a_team)
    for agent, opened in ((alice, timedelta(days=15)), (bob, timedelta(days=15)), (bob, NONE)):
        place = Place("::1", "curl")
        await database.write(sessions.open_session, agent, place, now=NOW - opened)
        await database.write(actions.set_presence, agent, Presence.ONLINE, actor=SYSTEM, now=NOW)
    assert await database.write(sessions.forget_old_sessions, now=NOW) == 2
    found = [await database.read(queries.show_agent, agent) for agent in (alice, bob)]
    assert [one.presence for one in found] == [Presence.OFFLINE, Presence.ONLINE]


async def test_a_session_of_who_has_left_is_swept_in_silence(database: Database) -> None:
    alice, *_ = await database.write(_two_agents_and_a_team)
    await database.write(actions.deactivate, alice, actor=SYSTEM, now=NOW)
    old = NOW - timedelta(days=15)
    await database.write(sessions.open_session, alice, Place("::1", "curl"), now=old)
    assert await database.write(sessions.forget_old_sessions, now=NOW) == 1


def _two_agents_and_a_team(c: Connection) -> tuple[int, int, int]:
    alice = actions.create_agent(c, ALICE, actor=SYSTEM, now=NOW)
    bob = actions.create_agent(c, BOB, actor=SYSTEM, now=NOW)
    team = actions.create_team(c, "First line")
    assert actions.create_team(c, "First line") == team
    actions.add_to_team(c, team, alice)
    actions.add_to_team(c, team, bob)
    actions.remove_from_team(c, team, bob)
    return alice, bob, team


def _available_in(c: Connection, team: int) -> list[queries.AvailableAgent]:
    return queries.available(c, team_ids=[team])
