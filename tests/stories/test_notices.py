"""A colleague is called by name and hears of it, on the page and over the API."""

import aiohttp

from desk.notices import queries
from desk.notices.letters import stop_token
from tests.stories.test_corrections import only_case
from tests.world import World


async def test_who_is_called_hears_of_it_and_says_that_he_knows(parley: World) -> None:
    async with parley.hire("Alice") as alice, parley.hire("Bob", online=False) as bob:
        await parley.telegram.customer(7, "Ada", "Lund").send("My lamp flickers")
        case = await only_case(parley)
        await alice.post(f"/api/v1/cases/{case.number}/notes", text="@Bob do you know this lamp?")
        await parley.until(lambda c: queries.unseen(c, bob.id))
        (one,) = (await bob.get("/api/v1/notices"))["items"]
        assert (one["number"], one["kind"], one["by"]) == (case.number, "mentioned", "Alice")
        assert await bob.get("/api/v1/notices/unseen") == {"unseen": 1}
        assert await bob.post("/api/v1/notices/seen", case=case.number) == {"unseen": 0}


async def test_a_mail_program_stops_letters_with_one_click(parley: World) -> None:
    async with parley.hire("Bob") as bob, aiohttp.ClientSession(parley.base) as anybody:
        path = f"/notices/stop/{stop_token(parley.desk.secret, bob.id)}"
        async with anybody.get(path) as asked:
            assert "Stop letters" in await asked.text()
        assert (await parley.desk.db.read(queries.wishes, bob.id)).letters
        body = {"List-Unsubscribe": "One-Click"}
        async with anybody.post(path, data=body) as stopped:
            assert stopped.status == 200
        assert not (await parley.desk.db.read(queries.wishes, bob.id)).letters
        async with anybody.post(f"{path}0", data=body) as forged:
            assert forged.status == 404
