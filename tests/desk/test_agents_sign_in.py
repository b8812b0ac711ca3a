"""Signing in and out over real sockets: passwords, lock-out, sessions, tokens, links."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from desk.agents import actions, queries, tables
from desk.agents.rules import Presence
from desk.agents.sign_in import forget_old_attempts
from desk.db.engine import Database
from desk.db.sqlite import SqliteDatabase
from desk.events import log
from desk.events.actors import SYSTEM
from desk.http import Role
from desk.web.settings import WebSettings
from tests.desk.served import CAST, PASSWORD, Served, served

ALICE = CAST[Role.AGENT][1]
RIGHT = {"email": ALICE, "password": PASSWORD}
WRONG = {"email": ALICE, "password": "not the one"}


@pytest.fixture
async def desk(sqlite: SqliteDatabase) -> AsyncIterator[Served]:
    async with served(sqlite) as desk:
        yield desk


@pytest.fixture
async def either(database: Database) -> AsyncIterator[Served]:
    """A desk on each engine, for what depends on how rows are written."""
    async with served(database) as desk:
        yield desk


async def test_an_agent_signs_in_is_known_and_signs_out(either: Served) -> None:
    browser = await either.nobody()
    assert (await browser.get("/api/v1/me")).status == 401
    me = await (await browser.post("/api/v1/session", json=RIGHT)).json()
    assert (me["name"], me["role"], me["presence"]) == ("Alice", "agent", "offline")
    assert (await browser.get("/api/v1/me")).status == 200
    assert (await browser.delete("/api/v1/session")).status == 204
    assert (await browser.get("/api/v1/me")).status == 401


async def test_the_cookie_is_for_the_server_alone(desk: Served) -> None:
    browser = await desk.nobody()
    set_cookie = (await browser.post("/api/v1/session", json=RIGHT)).headers["Set-Cookie"]
    assert set_cookie.startswith("parley=")
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie


async def test_over_https_the_cookie_is_bound_to_the_host(sqlite: SqliteDatabase) -> None:
    async with served(sqlite, settings=WebSettings(public_url="https://desk.example")) as desk:
        reply = await (await desk.nobody()).post("/api/v1/session", json=RIGHT)
    assert reply.headers["Set-Cookie"].startswith("__Host-parley=")
    assert "Secure" in reply.headers["Set-Cookie"]
    assert "max-age" in reply.headers["Strict-Transport-Security"]


async def test_the_database_keeps_no_token(desk: Served) -> None:
    browser = await desk.client(Role.AGENT)
    token = next(cookie.value for cookie in browser.session.cookie_jar)
    kept = await desk.db.read(_texts_of_sessions)
    assert kept
    assert token not in str(kept)


async def test_a_wrong_password_and_an_unknown_address_are_told_alike(desk: Served) -> None:
    browser = await desk.nobody()
    wrong = await browser.post("/api/v1/session", json=WRONG)
    unknown = await browser.post("/api/v1/session", json={**RIGHT, "email": "eve@desk.example"})
    assert wrong.status == unknown.status == 401
    assert (await wrong.json())["detail"] == (await unknown.json())["detail"]


async def test_the_door_locks_after_five_wrong_tries_and_opens_again(either: Served) -> None:
    browser = await either.nobody()
    for _ in range(5):
        assert (await browser.post("/api/v1/session", json=WRONG)).status == 401
    locked = await browser.post("/api/v1/session", json=RIGHT)
    assert locked.status == 429
    assert int(locked.headers["Retry-After"]) == 60
    either.clock.advance(timedelta(seconds=61))
    assert (await browser.post("/api/v1/session", json=RIGHT)).status == 200


async def test_the_right_password_wipes_the_wrong_tries(desk: Served) -> None:
    browser = await desk.nobody()
    for _ in range(2):
        for _ in range(3):
            assert (await browser.post("/api/v1/session", json=WRONG)).status == 401
        assert (await browser.post("/api/v1/session", json=RIGHT)).status == 200


async def test_a_flood_of_tries_is_slowed_down(desk: Served) -> None:
    browser = await desk.nobody()
    bodies = [{"email": f"a{i}@desk.example", "password": "x"} for i in range(24)]
    found = [(await browser.post("/api/v1/session", json=body)).status for body in bodies]
    assert set(found) == {401, 429}


async def test_a_revoked_session_is_refused_at_once(either: Served) -> None:
    first, second = await either.client(Role.AGENT), await either.client(Role.AGENT)
    assert (await second.get("/api/v1/me")).status == 200
    mine = next(cookie.value for cookie in second.session.cookie_jar)
    listed = await (await first.get("/api/v1/me/sessions")).json()
    assert len(listed) == 2
    current = await (await second.get("/api/v1/me/sessions")).json()
    target = next(session["id"] for session in current if session["current"])
    assert (await first.delete(f"/api/v1/me/sessions/{target}")).status == 204
    assert (await second.get("/api/v1/me")).status == 401
    assert (await first.get("/api/v1/me")).status == 200
    assert mine


async def test_nobody_ends_a_colleagues_session(desk: Served) -> None:
    alice, sam = await desk.client(Role.AGENT), await desk.client(Role.SUPERVISOR)
    target = (await (await sam.get("/api/v1/me/sessions")).json())[0]["id"]
    assert (await alice.delete(f"/api/v1/me/sessions/{target}")).status == 404


async def test_a_session_lasts_while_it_is_used_and_ends_when_it_is_not(either: Served) -> None:
    browser = await either.client(Role.AGENT)
    for _ in range(3):
        either.clock.advance(timedelta(days=13))
        assert (await browser.get("/api/v1/me")).status == 200
    either.clock.advance(timedelta(days=15))
    assert (await browser.get("/api/v1/me")).status == 401


async def test_no_session_lasts_longer_than_ninety_days(desk: Served) -> None:
    browser = await desk.client(Role.AGENT)
    statuses = []
    for _ in range(10):
        desk.clock.advance(timedelta(days=10))
        statuses.append((await browser.get("/api/v1/me")).status)
    assert statuses == [200] * 8 + [401] * 2


async def test_who_leaves_the_desk_is_out_at_once_everywhere(desk: Served) -> None:
    browser = await desk.client(Role.AGENT)
    token = await _token(desk, ["read", "write"])
    await browser.get("/api/v1/me")
    await desk.db.write(
        actions.deactivate, desk.ids[Role.AGENT], actor=SYSTEM, now=desk.clock.now()
    )
    desk.clock.advance(timedelta(seconds=11))  # at the latest; the live feed tells sooner
    assert (await browser.get("/api/v1/me")).status == 401
    program = await desk.nobody()
    headers = {"Authorization": f"Bearer {token}"}
    assert (await program.get("/api/v1/me", headers=headers)).status == 401


async def test_a_supervisor_says_who_is_in_a_team(either: Served) -> None:
    team = await either.db.write(actions.create_team, "Billing")
    agent, boss = either.ids[Role.AGENT], await either.client(Role.SUPERVISOR)
    address = f"/api/v1/teams/{team}/members/{agent}"
    for _ in range(2):
        assert (await boss.put(address)).status == 204
    (shown,) = await (await boss.get("/api/v1/teams")).json()
    assert (shown["name"], [one["id"] for one in shown["members"]]) == ("Billing", [agent])
    assert (await boss.put(f"/api/v1/teams/{team + 1}/members/{agent}")).status == 404
    assert (await boss.put(f"/api/v1/teams/{team}/members/{agent + 999}")).status == 404
    assert (await (await either.client(Role.AGENT)).put(address)).status == 403
    assert (await boss.delete(address)).status == 204
    (shown,) = await (await boss.get("/api/v1/teams")).json()
    assert shown["members"] == []


async def test_signing_out_of_the_last_session_takes_an_agent_offline(desk: Served) -> None:
    browser = await desk.client(Role.AGENT)
    put = await browser.put("/api/v1/me/presence", json={"presence": "online"})
    assert (await put.json())["presence"] == "online"
    await browser.delete("/api/v1/session")
    me = await desk.db.read(queries.show_agent, desk.ids[Role.AGENT])
    assert (me.presence, me.presence_reason) == (Presence.OFFLINE, "signed out")


async def test_a_token_acts_for_its_agent_until_it_is_revoked(either: Served) -> None:
    token = await _token(either, ["read", "write"])
    program = await either.nobody()
    headers = {"Authorization": f"Bearer {token}"}
    assert (await (await program.get("/api/v1/me", headers=headers)).json())["name"] == "Alice"
    listed = await (await program.get("/api/v1/tokens", headers=headers)).json()
    assert [entry["name"] for entry in listed] == ["billing"]
    gone = await program.delete(f"/api/v1/tokens/{listed[0]['id']}", headers=headers)
    assert gone.status == 204
    assert (await program.get("/api/v1/me", headers=headers)).status == 401


async def test_a_token_to_read_does_not_write(desk: Served) -> None:
    headers = {"Authorization": f"Bearer {await _token(desk, ['read'])}"}
    program = await desk.nobody()
    assert (await program.get("/api/v1/me", headers=headers)).status == 200
    put = await program.put("/api/v1/me/presence", json={"presence": "away"}, headers=headers)
    assert put.status == 403


async def test_a_token_makes_no_other_so_that_revoking_it_is_the_end(desk: Served) -> None:
    headers = {"Authorization": f"Bearer {await _token(desk, ['read', 'write'])}"}
    body = {"name": "a second door", "scopes": ["read"]}
    program = await desk.nobody()
    made = await program.post("/api/v1/tokens", json=body, headers=headers)
    assert made.status == 403
    assert "signed in" in (await made.json())["detail"]


async def test_a_wrong_token_makes_the_cookie_count_for_nothing(desk: Served) -> None:
    browser = await desk.client(Role.AGENT)
    reply = await browser.get("/api/v1/me", headers={"Authorization": "Bearer parley_wrong"})
    assert reply.status == 401


async def test_a_link_is_looked_at_often_and_used_once(either: Served) -> None:
    link = await _link(either)
    browser = await either.nobody()
    for _ in range(2):
        shown = await browser.get(link)
        assert shown.status == 200
        assert "Sign in as Alice" in await shown.text()
    used = await browser.post(link, data={"next": "/api/v1/me"})
    assert used.status == 200
    assert (await used.json())["name"] == "Alice"
    again = await (await either.nobody()).post(link)
    assert again.status == 404
    assert "used or is too old" in await again.text()


async def test_a_link_is_gone_after_a_quarter_of_an_hour(desk: Served) -> None:
    link = await _link(desk)
    desk.clock.advance(timedelta(minutes=15))
    assert (await (await desk.nobody()).get(link)).status == 404


async def test_the_sign_in_page_needs_no_script(desk: Served) -> None:
    browser = await desk.nobody()
    page = await browser.get("/sign-in?next=/api/v1/me")
    assert "<script" not in await page.text()
    refused = await browser.post("/sign-in", data={**WRONG, "next": "/api/v1/me"})
    assert refused.status == 401
    assert "address or the password is wrong" in await refused.text()
    assert WRONG["password"] not in await refused.text()
    entered = await browser.post("/sign-in", data={**RIGHT, "next": "/api/v1/me"})
    assert (await entered.json())["name"] == "Alice"


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_sign_in_leads_to_no_other_site(desk: Served, where: str) -> None:
    browser = await desk.nobody()
    reply = await browser.post("/sign-in", data={**RIGHT, "next": where}, allow_redirects=False)
    assert reply.headers["Location"] == "/"


async def test_signing_out_by_page_asks_first(desk: Served) -> None:
    browser = await desk.client(Role.AGENT)
    assert (await browser.get("/sign-out")).status == 200
    assert (await browser.get("/api/v1/me")).status == 200
    out = await browser.post("/sign-out")
    assert out.url.path == "/sign-in"
    assert (await browser.get("/api/v1/me")).status == 401


async def test_what_happened_at_the_door_is_in_the_log(desk: Served) -> None:
    browser = await desk.nobody()
    await browser.post("/api/v1/session", json=WRONG)
    await browser.post("/api/v1/session", json=RIGHT)
    kinds = [event.kind for event in await desk.db.read(log.read, log.START, 100)]
    assert kinds[-2:] == ["agent.sign_in_refused", "agent.signed_in"]


async def test_old_failures_are_swept(desk: Served) -> None:
    await (await desk.nobody()).post("/api/v1/session", json=WRONG)
    await desk.db.write(forget_old_attempts, now=desk.clock.now() + timedelta(hours=3))
    assert await desk.db.read(_failures) == 0


async def _token(desk: Served, scopes: list[str]) -> str:
    browser = await desk.client(Role.AGENT)
    made = await browser.post("/api/v1/tokens", json={"name": "billing", "scopes": scopes})
    assert made.status == 201
    return str((await made.json())["token"])


async def _link(desk: Served) -> str:
    token = await desk.db.write(
        actions.create_sign_in_link, desk.ids[Role.AGENT], actor=SYSTEM, now=desk.clock.now()
    )
    return f"/sign-in/link/{token}"


def _texts_of_sessions(c: Connection) -> list[str]:
    return [str(row) for row in c.execute(select(tables.sessions))]


def _failures(c: Connection) -> int:
    return len(c.execute(select(tables.sign_in_failures)).all())
