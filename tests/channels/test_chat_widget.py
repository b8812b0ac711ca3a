"""The widget as it goes over the wire: small, one script, known again by its mark."""

import json
import re
from importlib.resources import files
from statistics import median

import pytest

from channels.chat.assets import LANGUAGES_AFAR, modules, more, widget
from tests.channels.chat_page import open_shop

(_words,) = [text for text in modules() if "const FR" in text]
_rest = next(text for text in modules("more.js") if "const MORE_FR" in text)
_read = next(text for text in modules("article.js") if "const ARTICLE_FR" in text)
_english = (
    _words.split("const FR")[0]
    + _rest.split("const MORE_FR")[0]
    + _read.split("const ARTICLE_FR")[0]
)
ENGLISH = dict(re.findall(r'^  (\w+): (".*"),$', _english, re.MULTILINE))


async def test_the_script_is_served_compressed_and_known_again() -> None:
    async with open_shop() as shop:
        url = f"{shop.base}/chat/v1/widget.js"
        async with shop.http.get(url) as response:
            assert response.headers["Content-Encoding"] == "gzip"
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            assert await response.read() == widget().content
        known = {"If-None-Match": response.headers["ETag"]}
        async with shop.http.get(url, headers=known) as response:
            assert response.status == 304
        async with shop.http.get(url, headers={"Accept-Encoding": "identity"}) as response:
            assert "Content-Encoding" not in response.headers


def test_the_whole_widget_is_at_most_twelve_kilobytes_on_the_wire() -> None:
    assert len(widget().packed) <= 12 * 1024
    assert b"innerHTML" not in widget().content


def test_what_an_open_chat_fetches_besides_is_at_most_eight_kilobytes() -> None:
    assert len(more().packed) <= 8 * 1024
    assert b"innerHTML" not in more().content
    assert more().etag.strip('"').encode() in widget().content


def test_every_module_is_short_and_says_what_it_is() -> None:
    lengths = [text.count("\n") for text in [*modules(), *modules("more.js")]]
    assert max(lengths) <= 300
    assert median(lengths) <= 60
    assert all(text.startswith("// ") for text in [*modules(), *modules("more.js")])


@pytest.mark.parametrize("lang", LANGUAGES_AFAR)
async def test_a_language_that_the_script_does_not_carry_is_fetched_whole(lang: str) -> None:
    async with open_shop() as shop, shop.http.get(f"{shop.base}/chat/v1/words/{lang}") as response:
        assert response.content_type == "application/json"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        texts = await response.json()
    assert list(texts) == list(ENGLISH)
    for key, text in texts.items():
        holes = set(re.findall(r"\{\w+\}", json.loads(ENGLISH[key])))
        assert set(re.findall(r"\{\w+\}", text)) == holes, key


async def test_there_are_no_texts_but_of_the_languages_we_have() -> None:
    kept = {path.name for path in (files("channels.chat") / "widget" / "words").iterdir()}
    assert kept == {f"{lang}.json" for lang in LANGUAGES_AFAR}
    async with open_shop() as shop:
        for lang in ("en", "xx", "..%2Fwords.js", "%2e%2e"):
            async with shop.http.get(f"{shop.base}/chat/v1/words/{lang}") as response:
                assert response.status == 404, lang


async def test_texts_that_the_chat_does_not_have_are_named_when_it_is_checked() -> None:
    for words, named in (({"de": {"send": "Los"}}, None), ({"de": {"sned": "Los"}}, "de.sned")):
        async with open_shop(words=words) as shop:
            (found,) = [
                one for one in await shop.channel.check() if one.what == "texts of the chat"
            ]
            assert found.ok is (named is None)
            assert named is None or named in found.detail
