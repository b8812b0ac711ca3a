"""An article inside the chat: as nodes, for who chats here, and none that nobody may read."""

from typing import Any

import pytest

from channels.chat.articles import drawn
from channels.chat.assets import PARTS, modules, more, part
from desk.ports.articles import Article
from tests.channels.chat_page import SHOP, Shop, open_shop

RETURNS = Article(
    title="Returning an item",
    language="en",
    text="Print the **label**.\n\n[More](/help/labels) <script>x</script>",
    url="http://127.0.0.1:1/help/returns?lang=en",
)


async def test_an_article_comes_as_nodes_to_who_has_a_session() -> None:
    async with open_shop() as shop:
        shop.door.articles["returns"] = RETURNS
        session = await shop.session()
        assert session["help"] == "http://127.0.0.1:1/help/"
        status, shown = await fetched(shop, "returns?lang=en", session["token"])
        assert (status, shown["title"], shown["url"]) == (200, RETURNS.title, RETURNS.url)
        assert [node["type"] for node in shown["nodes"]] == ["paragraph", "paragraph"]
        assert (await fetched(shop, "secret", session["token"]))[0] == 404
        assert (await fetched(shop, "returns", "nonsense"))[0] == 401


def test_links_to_our_own_pages_lead_to_us_and_markup_stays_words() -> None:
    _, second = drawn(RETURNS, "https://desk.example")["nodes"]
    link, *rest = second["content"]
    assert link["href"] == "https://desk.example/help/labels"
    assert "<script>" in "".join(one.get("text", "") for one in rest)


@pytest.mark.parametrize("name", PARTS)
def test_what_is_fetched_when_needed_is_small_and_makes_nodes_only(name: str) -> None:
    assert len(part(name).packed) <= 3 * 1024
    assert b"innerHTML" not in part(name).content
    assert part(name).etag.strip('"').encode() in more().content
    assert all(text.startswith("// ") for text in modules(name))


@pytest.mark.parametrize("name", PARTS)
async def test_it_is_served_to_any_site(name: str) -> None:
    async with open_shop() as shop, shop.http.get(f"{shop.base}/chat/v1/{name}") as response:
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert f"export {{ {PARTS[name]} }};" in await response.text()


async def fetched(shop: Shop, path: str, token: str) -> tuple[int, Any]:
    headers = {"Origin": SHOP, "Authorization": f"Bearer {token}"}
    async with shop.http.get(shop.url(f"articles/{path}"), headers=headers) as response:
        return response.status, await response.json()
