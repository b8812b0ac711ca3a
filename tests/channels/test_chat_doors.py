"""Who may come in, with what, and how often: the refusals of the chat's doors."""

import pytest
from aiohttp import WSServerHandshakeError

from desk.kit.errors import ChannelBusy, Undeliverable
from tests.channels.chat_page import SHOP, answer, open_shop, open_wire, say


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.evil", "null"])
async def test_other_sites_are_refused_at_every_door(origin: str) -> None:
    async with open_shop() as shop:
        status, _ = await shop.post("session", {}, Origin=origin)
        assert status == 403
        with pytest.raises(WSServerHandshakeError, match="403"):
            async with open_wire(shop, "any", origin=origin):
                pass


async def test_wildcard_sites_and_preflights_are_answered_without_credentials() -> None:
    async with open_shop(origins=("https://*.shop.example",)) as shop:
        headers = {"Origin": "https://fr.shop.example"}
        async with shop.http.options(shop.url("session"), headers=headers) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == headers["Origin"]
            assert "Access-Control-Allow-Credentials" not in response.headers
            assert response.headers["Vary"] == "Origin"
        status, _ = await shop.post("session", {}, Origin="https://shop.example")
        assert status == 403


async def test_a_giant_frame_closes_the_socket() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        async with open_wire(shop, begun["token"]) as wire:
            await wire.until("welcome")
            await wire.send("msg", cid="cid-00001", text="x" * 70_000)
            assert (await wire.next()) == {"t": "closed", "code": 1009}
        assert not shop.door.arrivals


async def test_an_unknown_token_and_an_ended_visit_are_told_not_to_come_back() -> None:
    async with open_shop() as shop:
        async with open_wire(shop, "nonsense") as wire:
            assert (await wire.next()) == {"t": "closed", "code": 4401}
        begun = await shop.session()
        await say(shop, begun["token"], "Hello")
        visitor = shop.visitor()
        async with open_wire(shop, begun["token"]) as wire:
            await wire.until("welcome")
            await shop.channel.end_visit(visitor)
            await wire.send("ping")
            while (frame := await wire.next())["t"] == "msg":
                pass
            assert frame == {"t": "closed", "code": 4401}
        with pytest.raises(Undeliverable):
            await shop.channel.send(answer(visitor, "Still there?"), 0)


async def test_a_cursor_that_is_not_ours_is_told_to_begin_with_the_session() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        async with open_wire(shop, begun["token"], cursor=9) as wire:
            assert (await wire.next()) == {"t": "closed", "code": 4001}


async def test_nonsense_is_answered_and_the_next_frame_is_heard() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        async with open_wire(shop, begun["token"]) as wire:
            await wire.until("welcome")
            for wrong in ('{"t":"msg"}', "nonsense", '{"t":"msg","cid":"../../x","text":"a"}'):
                await wire.ws.send_str(wrong)
                assert (await wire.next())["code"] == "unreadable"
            await wire.send("ping")
            assert (await wire.next())["t"] == "pong"


async def test_a_message_that_cannot_be_read_is_refused_by_its_own_id() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        async with open_wire(shop, begun["token"]) as wire:
            await wire.until("welcome")
            await wire.ws.send_str('{"t":"msg","cid":"cid-00001","text":"half \\ud83d"}')
            refused = await wire.next()
            assert (refused["t"], refused["cid"]) == ("err", "cid-00001")
            assert refused["retry_after_s"] is None
            await wire.ws.send_str('{"t":"msg","x":' + "[" * 9000 + "]" * 9000 + "}")
            assert (await wire.next())["code"] == "unreadable"
            await wire.send("ping")
            assert (await wire.next())["t"] == "pong"


@pytest.mark.parametrize("moment", ["open", "hello"])
async def test_while_the_database_is_away_a_page_is_asked_to_come_back(moment: str) -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        if moment == "hello":
            shop.door.away = ChannelBusy("away")
        async with open_wire(shop, begun["token"]) as wire:
            if moment == "open":
                await wire.until("welcome")
                shop.door.away = ChannelBusy("away")
                shop.channel._running.rooms.wake(begun["conversation"])
                assert (await wire.next())["t"] == "bye"
            assert await wire.next() == {"t": "closed", "code": 1012}


@pytest.mark.parametrize("text", ["", "   \n", "x" * 10_001])
async def test_an_empty_or_endless_message_is_refused_for_good(text: str) -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        refused = await say(shop, begun["token"], text)
        assert (refused["code"], refused["retry_after_s"]) == ("422", None)


async def test_too_many_messages_wait_and_are_not_lost() -> None:
    async with open_shop(messages_per_minute=2) as shop:
        begun = await shop.session()
        kinds = [(await say(shop, begun["token"], "Hi")) for _ in range(3)]
        assert [kind["t"] for kind in kinds] == ["ack", "ack", "err"]
        assert kinds[2]["retry_after_s"] > 0


async def test_a_busy_desk_says_later_and_takes_it_then() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        shop.door.trouble = ChannelBusy("the disk is full", retry_after_s=1)
        async with open_wire(shop, begun["token"]) as wire:
            await wire.send("msg", cid="cid-00001", text="Hello")
            assert (await wire.until("ack", "err"))["retry_after_s"] == 1
            shop.door.trouble = None
            await wire.send("msg", cid="cid-00001", text="Hello")
            assert (await wire.until("ack", "err"))["t"] == "ack"


async def test_new_visitors_from_one_address_are_limited_and_returning_ones_are_not() -> None:
    async with open_shop(sessions_per_minute=2) as shop:
        begun = await shop.session()
        await shop.session()
        status, refused = await shop.post("session", {})
        assert status == 429
        assert refused["retry_after_s"] > 0
        assert (await shop.session(token=begun["token"]))["token"] == begun["token"]


async def test_a_page_too_many_is_sent_away() -> None:
    async with open_shop(sockets_per_visitor=1) as shop:
        begun = await shop.session()
        async with (
            open_wire(shop, begun["token"]) as first,
            open_wire(shop, begun["token"]) as second,
        ):
            await first.until("welcome")
            assert (await second.next()) == {"t": "closed", "code": 4429}


async def test_a_closed_inbox_is_busy_and_says_so() -> None:
    async with open_shop() as shop:
        opened, shop.channel._opened = shop.channel._opened, None
        status, _ = await shop.post("session", {})
        assert status == 503
        with pytest.raises(ChannelBusy):
            await shop.channel.send(answer("v-1", "Hi"), 0)
        shop.channel._opened = opened


@pytest.mark.parametrize("path", ["session", "messages", "files"])
async def test_a_body_that_is_not_packed_as_it_says_is_refused(path: str) -> None:
    async with open_shop() as shop:
        token = (await shop.session())["token"]
        told = {"Origin": SHOP, "Authorization": f"Bearer {token}", "Content-Encoding": "gzip"}
        told["Content-Type"] = "multipart/form-data; boundary=x"
        async with shop.http.post(shop.url(path), data=b"--x\r\n{}", headers=told) as response:
            assert response.status == 422
