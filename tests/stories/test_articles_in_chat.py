"""An article of the help centre is read inside the chat, and only one that anybody may read."""

import aiohttp
from sqlalchemy import select, update

from knowledge.tables import articles
from tests.world import World


async def test_ada_reads_in_the_chat_what_anybody_may_read(parley: World) -> None:
    await parley.publish_returns()
    headers = {"Origin": parley.base}
    async with aiohttp.ClientSession(parley.base, headers=headers) as http:
        async with http.post("/chat/v1/shop/session", json={"lang": "en"}) as response:
            session = await response.json()
        (slug,) = await parley.desk.db.read(lambda c: c.scalars(select(articles.c.slug)).all())
        token = {"Authorization": f"Bearer {session['token']}"}
        path = f"/chat/v1/shop/articles/{slug}?lang=fr"
        async with http.get(path, headers=token) as response:
            shown = await response.json()
        assert (shown["title"], shown["lang"]) == ("Returning an item", "en")
        assert shown["url"].startswith(session["help"])
        inside = update(articles).values(visibility="internal")
        await parley.desk.db.write(lambda c: c.execute(inside))
        async with http.get(path, headers=token) as response:
            assert response.status == 404
