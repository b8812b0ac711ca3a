"""The widget as it goes over the wire: small, one script, known again by its mark."""

from statistics import median

from channels.chat.assets import modules, widget
from tests.channels.chat_page import open_shop


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


def test_every_module_is_short_and_says_what_it_is() -> None:
    lengths = [text.count("\n") for text in modules()]
    assert max(lengths) <= 300
    assert median(lengths) <= 60
    assert all(text.startswith("// ") for text in modules())
