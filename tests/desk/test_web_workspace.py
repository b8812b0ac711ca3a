"""The screenfuls of the workspace: which cases stand in a view, in what order, on both engines."""

from datetime import timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from desk.cases import actions as cases
from desk.cases.rules import Status
from desk.db.engine import Database
from desk.events.actors import agent
from desk.http import Role
from tests.browser.workspace_desk import Room, Written, furnish, write
from tests.desk.served import MONDAY, Client, Served, served
from tests.desk.small_desk import hire, pump

MINUTE = timedelta(minutes=1)


async def furnished(desk: Served) -> Room:
    return await desk.db.write(furnish, desk.ids[Role.AGENT], MONDAY)


async def come(desk: Served, room: Room, name: str, minutes: int = 0, **more: Any) -> int:
    """Let somebody open a case `minutes` before now."""
    said = Written(name=name, text=f"{name} writes", **more)
    return await desk.db.write(write, room, said, MONDAY - minutes * MINUTE)


async def view(client: Client, name: str, after: str | None = None) -> Any:
    query = {"view": name, **({"after": after} if after else {})}
    async with client.get("/api/v1/workspace/cases", params=query) as reply:
        assert reply.status == 200, await reply.text()
        return await reply.json()


def names(page: Any) -> list[str]:
    return [row["case"]["customer_name"] for row in page["items"]]


async def test_my_work_is_what_i_own_and_what_waits_in_my_queues(database: Database) -> None:
    async with served(database) as desk:
        room, me = await furnished(desk), desk.ids[Role.AGENT]
        sam = desk.ids[Role.SUPERVISOR]
        await come(desk, room, "Ada", 30, assignee_id=me)
        await come(desk, room, "Bruno", 20)
        await come(desk, room, "Chidi", 40)
        await come(desk, room, "Dana", 10, assignee_id=sam)
        await come(desk, room, "Emil", 5, with_bot=True)
        await pump(desk.db, MONDAY)
        client = await desk.client(Role.AGENT)
        mine = await view(client, "mine")
        assert names(mine) == ["Ada", "Chidi", "Bruno"]
        assert [row["section"] for row in mine["items"]] == ["own", "waiting", "waiting"]
        assert {clock["metric"] for clock in mine["items"][0]["clocks"]} == {
            "first_response",
            "resolution",
        }
        assert names(await view(client, "all")) == ["Emil", "Dana", "Bruno", "Ada", "Chidi"]
        assert names(await view(client, "unassigned")) == ["Chidi", "Bruno"]


async def test_what_waits_in_another_team_s_queue_is_not_my_work(sqlite: Database) -> None:
    async with served(sqlite) as desk:
        room = await furnished(desk)

        def to_others(c: Connection) -> None:
            from desk.agents import actions as agents
            from desk.queues import actions as queues

            team = agents.create_team(c, "Money")
            hire(c, "Bob", team, MONDAY)
            queues.serve(c, room.billing_id, [team])

        await desk.db.write(to_others)
        await come(desk, room, "Ada", billing=True)
        await come(desk, room, "Bruno")
        client = await desk.client(Role.AGENT)
        assert names(await view(client, "mine")) == ["Bruno"]
        assert names(await view(client, "queue:billing")) == ["Ada"]


async def test_a_long_view_is_read_page_by_page_without_loss(database: Database) -> None:
    async with served(database) as desk:
        room = await furnished(desk)
        for n in range(120):
            await come(desk, room, f"Ada {n}", n)
        client = await desk.client(Role.AGENT)
        for name in ("mine", "unassigned", "all"):
            ids: list[int] = []
            after: str | None = None
            while True:
                page = await view(client, name, after)
                ids += [row["case"]["id"] for row in page["items"]]
                after = page["next"]
                if after is None:
                    break
            assert len(ids) == len(set(ids)) == 120
        async with client.get("/api/v1/workspace/counts") as reply:
            counts = await reply.json()
        assert (counts["all"], counts["mine"], counts["queue:support"]) == (100, 0, 100)


async def test_rows_that_left_the_view_are_not_returned(sqlite: Database) -> None:
    async with served(sqlite) as desk:
        room, me = await furnished(desk), desk.ids[Role.AGENT]
        ada = await come(desk, room, "Ada", assignee_id=me)
        bruno = await come(desk, room, "Bruno", assignee_id=me)
        await desk.db.write(cases.set_status, bruno, Status.RESOLVED, actor=agent(me), now=MONDAY)
        client = await desk.client(Role.AGENT)
        query = {"view": "mine", "ids": f"{ada},{bruno},99999"}
        async with client.get("/api/v1/workspace/rows", params=query) as reply:
            assert [row["case"]["id"] for row in (await reply.json())["items"]] == [ada]
        assert names(await view(client, "resolved")) == ["Bruno"]


async def test_a_case_comes_whole_with_its_promises(sqlite: Database) -> None:
    async with served(sqlite) as desk:
        room = await furnished(desk)
        await come(desk, room, "Ada")
        await pump(desk.db, MONDAY)
        client = await desk.client(Role.AGENT)
        async with client.get("/api/v1/workspace/cases/1001") as reply:
            whole = await reply.json()
        assert whole["customer"]["name"] == "Ada"
        assert [clock["state"] for clock in whole["clocks"]] == ["running", "running"]
        assert {line["type"] for line in whole["timeline"]} == {"event", "message"}
        async with client.get("/api/v1/workspace/cases/7") as reply:
            assert reply.status == 404


async def test_nonsense_is_refused_in_words(sqlite: Database) -> None:
    async with served(sqlite) as desk:
        await furnished(desk)
        client = await desk.client(Role.AGENT)
        for path, status in {
            "cases?view=nonsense": 422,
            "cases?view=customer:x": 422,
            "cases?view=queue:nowhere": 404,
            "cases?after=nonsense": 422,
            "rows?ids=1,x": 422,
            "rows?ids=": 422,
        }.items():
            async with client.get(f"/api/v1/workspace/{path}") as reply:
                assert (path, reply.status) == (path, status)


async def test_the_page_brings_its_first_list_and_needs_somebody(sqlite: Database) -> None:
    async with served(sqlite) as desk:
        room = await furnished(desk)
        await come(desk, room, "Ada </script><script>alert(1)</script>")
        client = await desk.client(Role.AGENT)
        for path in ("/workspace", "/workspace/1001", "/workspace?view=gone"):
            async with client.get(path) as reply:
                page = await reply.text()
                assert reply.status == 200
            assert "Ada \\u003c/script" in page
            assert "alert(1)</script>" not in page
        async with (await desk.nobody()).get("/workspace/1001", allow_redirects=False) as reply:
            assert reply.headers["Location"] == "/sign-in?next=/workspace/1001"


async def test_a_customer_s_formatting_is_served_where_nothing_can_run(sqlite: Database) -> None:
    async with served(sqlite) as desk:
        room = await furnished(desk)
        await come(desk, room, "Ada", html="<p>Hello</p>")
        await come(desk, room, "Bruno")
        client = await desk.client(Role.AGENT)
        async with client.get("/workspace/messages/1/original") as reply:
            policy = reply.headers["Content-Security-Policy"]
            assert "<p>Hello</p>" in await reply.text()
        assert policy.startswith("sandbox")
        assert "allow-scripts" not in policy
        assert "default-src 'none'" in policy
        async with client.get("/workspace/messages/2/original") as reply:
            assert reply.status == web.HTTPNotFound.status_code
