"""The live feed over real sockets: nothing is missed, nothing is shown that is not one's own."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from sqlalchemy import Connection

from desk.agents import actions
from desk.agents.rules import Presence
from desk.db.engine import Database
from desk.db.sqlite import SqliteDatabase
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.facts import InboxHealthChanged
from desk.http import Role
from desk.web.app import Shell
from desk.web.live import BACKLOG_MOST, FEED, WRITING
from tests.desk.served import MONDAY, Client, Served, served
from tests.desk.sse import Sent, sent


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Served]:
    async with served(database, Shell(heartbeat_s=0.2)) as desk:
        yield desk


@pytest.fixture
async def small(sqlite: SqliteDatabase) -> AsyncIterator[Served]:
    async with served(sqlite, Shell(heartbeat_s=0.05)) as desk:
        yield desk


async def test_an_event_arrives_with_its_cursor_kind_and_fact(desk: Served) -> None:
    async with listening(await desk.client(Role.AGENT)) as events:
        ready = await anext(events)
        await desk.db.write(
            actions.set_presence,
            desk.ids[Role.SUPERVISOR],
            Presence.ONLINE,
            actor=SYSTEM,
            now=MONDAY,
        )
        event = await _next_real(events)
    assert ready.kind == "ready"
    assert event.kind == "agent.presence_changed"
    assert log.Cursor.parse(event.id) > log.Cursor.parse(ready.id)
    assert '"presence":"online"' in event.data


async def test_what_is_told_in_passing_is_told_once_to_who_listens(desk: Served) -> None:
    feed = desk.app[FEED]
    feed.pass_on(WRITING, 6)  # nobody listens
    browser = await desk.client(Role.AGENT)
    async with listening(browser) as one, listening(browser) as other:
        await anext(one)
        await anext(other)
        feed.pass_on(WRITING, 7)
        feed.pass_on(WRITING, 8)
        await desk.db.write(_tell, "after")
        for events in (one, other):
            told = [await _next_real(events) for _ in range(3)]
            assert [event.kind for event in told] == [WRITING, WRITING, "inbox.health_changed"]
            assert [event.data for event in told[:2]] == ['{"case_id":7}', '{"case_id":8}']
            assert [bool(event.id) for event in told] == [False, False, True]


async def test_a_viewer_who_comes_and_goes_misses_nothing(desk: Served) -> None:
    browser = await desk.client(Role.AGENT)
    start = str(await desk.db.read(log.latest))
    writing = asyncio.create_task(_write(desk.db, 60))
    seen: list[str] = []
    cursor = start
    while len(seen) < 60:
        async with listening(browser, cursor) as events:
            for _ in range(7):  # then the line breaks
                event = await anext(events)
                cursor = event.id
                if event.kind == "inbox.health_changed":
                    seen.append(event.data)
    await writing
    expected = await desk.db.read(_told_since, log.Cursor.parse(start))
    assert [_inbox(data) for data in seen] == expected


@pytest.mark.parametrize("cursor", ["9999999999.99999", "nonsense", "0.99999999999999999999"])
async def test_an_unknown_cursor_says_begin_anew(small: Served, cursor: str) -> None:
    async with listening(await small.client(Role.AGENT), cursor) as events:
        first = await anext(events)
    assert first.kind == "reset"
    assert log.Cursor.parse(first.id) == await small.db.read(log.latest)


async def test_who_missed_too_much_begins_anew(small: Served) -> None:
    start = str(await small.db.read(log.latest))
    await small.db.write(_tell_many, BACKLOG_MOST + 1)
    async with served(small.db, ids=small.ids) as restarted:
        again = await restarted.client(Role.AGENT)
        async with listening(again, start) as events:
            assert (await anext(events)).kind == "reset"


async def test_a_restarted_desk_goes_on_where_the_viewer_was(small: Served) -> None:
    start = str(await small.db.read(log.latest))
    await small.db.write(_tell_many, 3)
    async with served(small.db, ids=small.ids) as restarted:
        again = await restarted.client(Role.AGENT)
        async with listening(again, start) as events:
            assert (await anext(events)).kind == "ready"
            assert [_inbox((await anext(events)).data) for _ in range(3)] == ["0", "1", "2"]


async def test_how_others_sign_in_is_for_admins(small: Served) -> None:
    agent, admin = await small.client(Role.AGENT), await small.client(Role.ADMIN)
    async with listening(agent) as agents_view, listening(admin) as admins_view:
        await anext(agents_view)
        await anext(admins_view)
        await small.client(Role.SUPERVISOR)
        await small.db.write(_tell, "after")
        assert (await _next_real(agents_view)).kind == "inbox.health_changed"
        assert (await _next_real(admins_view)).kind == "agent.signed_in"


async def test_a_revoked_session_hears_nothing_more(small: Served) -> None:
    watching, other = await small.client(Role.AGENT), await small.client(Role.AGENT)
    sessions = await (await watching.get("/api/v1/me/sessions")).json()
    own = next(session["id"] for session in sessions if session["current"])
    async with listening(watching) as events:
        await anext(events)
        await other.delete(f"/api/v1/me/sessions/{own}")
        await small.db.write(_tell, "secret")
        heard = [event async for event in events]
    assert all("secret" not in event.data for event in heard)


async def test_a_quiet_line_is_kept_open(small: Served) -> None:
    async with listening(await small.client(Role.AGENT)) as events:
        await anext(events)
        beat = await anext(events)
    assert (beat.kind, beat.data) == ("", "")


async def test_one_reader_serves_all_viewers(small: Served) -> None:
    browser = await small.client(Role.AGENT)
    async with listening(browser), listening(browser), listening(browser):
        names = [task.get_name() for task in asyncio.all_tasks()]
    assert names.count("live feed") == 1


async def test_stopping_the_desk_ends_the_streams(sqlite: SqliteDatabase) -> None:
    async with served(sqlite, Shell(heartbeat_s=60)) as desk:
        browser = await desk.client(Role.AGENT)
        response = await browser.get("/api/v1/live")
        events = sent(response)
        await anext(events)
        await desk.app.shutdown()
        assert [event async for event in events] == []
        response.close()


class listening:
    """Open the live view of a browser, and close it without a word, as browsers do."""

    def __init__(self, browser: Client, after: str | None = None) -> None:
        self._browser = browser
        self._path = "/api/v1/live" if after is None else f"/api/v1/live?after={after}"

    async def __aenter__(self) -> AsyncIterator[Sent]:
        self._response = await self._browser.get(self._path)
        assert self._response.status == 200
        return sent(self._response)

    async def __aexit__(self, *error: object) -> None:
        self._response.close()


async def _next_real(events: AsyncIterator[Sent]) -> Sent:
    while not (event := await anext(events)).kind:
        pass
    return event


async def _write(db: Database, count: int) -> None:
    for number in range(count):
        await db.write(_tell, str(number))
        await asyncio.sleep(0)


def _tell(c: Connection, inbox: str) -> None:
    log.append(c, InboxHealthChanged(inbox=inbox, state="connected"), now=MONDAY, actor=SYSTEM)


def _tell_many(c: Connection, count: int) -> None:
    for number in range(count):
        _tell(c, str(number))


def _inbox(data: str) -> str:
    return str(msgspec.json.decode(data)["fact"]["inbox"])


def _told_since(c: Connection, cursor: log.Cursor) -> list[str]:
    found = log.read(c, cursor, 1_000)
    return [event.body["inbox"] for event in found if event.kind == "inbox.health_changed"]
