"""Files in a chat: bound to their visitor, fetched by links that expire."""

from datetime import timedelta
from typing import Any

import pytest
from aiohttp import FormData

from desk.ports.messages import InboundMessage, OutboundFile
from tests.channels.chat_page import SHOP, answer, open_shop, say


async def upload(shop: Any, token: str, content: bytes, mime: str = "image/png") -> Any:
    form = FormData(quote_fields=False)
    form.add_field("file", content, filename="cup ☕.png", content_type=mime)
    headers = {"Origin": SHOP, "Authorization": f"Bearer {token}"}
    async with shop.http.post(shop.url("files"), data=form, headers=headers) as response:
        return response.status, await response.json()


async def test_a_file_goes_with_a_message_and_only_its_visitor_may_send_it() -> None:
    async with open_shop() as shop:
        begun, other = await shop.session(), await shop.session()
        status, file = await upload(shop, begun["token"], b"\x89PNG a cup")
        assert (status, file["name"]) == (201, "cup ☕.png")
        refused = await say(shop, other["token"], "Mine", files=[file["id"]])
        assert refused["code"] == "422"
        assert (await say(shop, begun["token"], "", files=[file["id"]]))["t"] == "ack"
        (said,) = await shop.heard(1)
        assert isinstance(said, InboundMessage)
        (attached,) = said.attachments
        content = await shop.channel.fetch(shop.door.arrivals[-1].raw, attached)
        assert (content, attached.mime) == (b"\x89PNG a cup", "image/png")


async def test_files_too_large_empty_or_of_other_types_are_refused() -> None:
    async with open_shop(file_bytes=1000) as shop:
        begun = await shop.session()
        assert (await upload(shop, begun["token"], b"x" * 1001))[0] == 422
        assert (await upload(shop, begun["token"], b""))[0] == 422
        assert (await upload(shop, begun["token"], b"MZ", "application/x-msdownload"))[0] == 422
        assert (await upload(shop, "nonsense", b"a"))[0] == 401
        assert not shop.door.arrivals


async def test_our_file_is_downloaded_by_a_link_that_expires() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        await say(shop, begun["token"], "The bill?")
        blob = await shop.door.blobs.put(b"%PDF bill")
        bill = OutboundFile(name="bill.pdf", mime="application/pdf", size_bytes=9, blob=blob)
        await shop.channel.send(answer(shop.visitor(), "Here", attachments=(bill,)), 0)
        (file,) = (await shop.session(token=begun["token"]))["messages"][-1]["files"]
        headers = {"Authorization": f"Bearer {begun['token']}"}
        async with shop.http.get(shop.url(f"files/{file['id']}/link"), headers=headers) as asked:
            url = (await asked.json())["url"].replace("http://127.0.0.1:1", shop.base)
        async with shop.http.get(url) as response:
            assert await response.read() == b"%PDF bill"
            assert response.headers["Content-Disposition"].startswith("attachment")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        for forged in (url.replace("until=", "until=1"), *_cut_short(url)):
            async with shop.http.get(forged) as response:
                assert response.status == 403
        shop.clock.advance(timedelta(minutes=11))
        async with shop.http.get(url) as response:
            assert response.status == 403


def _cut_short(url: str) -> list[str]:
    """Return the address with each signature of one digit: one of them begins the right one."""
    return [f"{url.partition('sig=')[0]}sig={digit}" for digit in "0123456789abcdef"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + b"a" * 20_000,
        b'--x\r\nContent-Disposition: form-data; filename="a.png"\r\nContent-Type: \x01\r\n\r\na',
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\na\r\n--y--\r\n--x--",
    ],
)
async def test_an_upload_that_is_no_upload_is_refused_in_words(body: bytes) -> None:
    async with open_shop() as shop:
        token = (await shop.session())["token"]
        told = {"Origin": SHOP, "Content-Type": "multipart/form-data; boundary=x"}
        told["Authorization"] = f"Bearer {token}"
        async with shop.http.post(shop.url("files"), data=body, headers=told) as response:
            assert response.status == 422
            assert (await response.json())["error"].endswith(".")
