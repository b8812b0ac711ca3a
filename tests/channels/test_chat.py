"""A chat over real sockets: what is said is there once, in order, on both sides."""

import asyncio
import json
from contextlib import ExitStack
from random import Random
from typing import Any

from channels.chat.rooms import BACK_PER_S, Rooms, goodbye
from channels.sandbox.door import MemoryDoor
from desk.kit.clock import FrozenClock
from desk.ports.channel import Accepted, Channel
from desk.ports.inbound import DeliveryReported
from desk.ports.messages import ButtonPressed, Choice, InboundMessage
from desk.ports.optional import FetchesFiles, HasHttpDoors, ShowsTyping
from tests.channels.chat_page import NOON, SHOP, Page, answer, open_shop, open_wire, say


def only_message(shop: Any) -> InboundMessage:
    """What the desk makes of the last arrival."""
    (said,) = shop.channel.parse(shop.door.arrivals[-1].raw)
    assert isinstance(said, InboundMessage)
    return said


async def test_it_is_a_channel_with_doors_files_and_typing() -> None:
    async with open_shop() as shop:
        channel = shop.channel
        assert isinstance(channel, Channel)
        assert isinstance(channel, FetchesFiles)
        assert isinstance(channel, HasHttpDoors)
        assert isinstance(channel, ShowsTyping)
        assert all(finding.what for finding in await channel.check())


async def test_that_a_visitor_writes_is_told_now_and_then_and_never_refused() -> None:
    async with open_shop() as shop:
        token = (await shop.session())["token"]
        async with open_wire(shop, token) as wire:
            await wire.until("welcome")
            await wire.send("typing", on=False)
            for _ in range(50):
                await wire.send("typing")
            await wire.send("msg", cid="cid-00001", text="Where is my cup?")
            assert (await wire.next())["t"] in ("msg", "ack")
        (arrival,) = shop.door.arrivals
        assert set(shop.door.writing) == {arrival.order_key}
        assert len(shop.door.writing) < 50


async def test_a_visitor_writes_and_is_answered_and_finds_it_all_after_a_reload() -> None:
    async with open_shop() as shop:
        page = {"url": "https://shop.example/cups", "title": "Cups"}
        begun = await shop.session(page=page, lang="fr-CA", tz="Europe/Paris")
        async with open_wire(shop, begun["token"]) as wire:
            assert (await wire.next())["t"] == "welcome"
            await wire.send("msg", cid="cid-00001", text="Where is my cup?")
            ack = await wire.until("ack")
            assert (ack["cid"], ack["seq"]) == ("cid-00001", 1)
            said = only_message(shop)
            assert said.text == "Where is my cup?"
            assert said.sender.assurance == "none"
            assert (said.language, said.sender.zone) == ("fr", "Europe/Paris")
            assert said.context == {"page_url": page["url"], "page_title": "Cups"}
            sent = await shop.channel.send(
                answer(said.sender.address, "On its **way**", thread=said.thread), 0
            )
            own, reply = await wire.until("msg"), await wire.until("msg")
            assert (own["seq"], own["me"], own["cid"]) == (1, True, "cid-00001")
            assert (reply["seq"], reply["id"], reply["from"]["name"]) == (2, sent, "Alice")
            assert reply["nodes"][0]["content"][1]["type"] == "bold"
        again = await shop.session(token=begun["token"])
        assert again["token"] == begun["token"]
        assert [m["text"] for m in again["messages"]] == ["Where is my cup?", "On its way"]
        assert (again["cursor"], again["unread"]) == (2, 1)


async def test_the_session_holds_the_newest_fifty_and_a_resume_goes_on_after_them() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        thread = begun["conversation"]
        for number in range(230):
            await shop.door.append(thread, f"k{number}", b'{"from":{},"text":"%d"}' % number)
        for _ in range(2):
            snapshot = await shop.session(token=begun["token"])
            assert [m["seq"] for m in snapshot["messages"]] == list(range(181, 231))
        await shop.door.append(thread, "k231", b'{"from":{},"text":"new"}')
        async with open_wire(shop, begun["token"], cursor=snapshot["cursor"]) as wire:
            assert (await wire.until("msg"))["seq"] == 231


async def test_the_same_cid_twice_is_one_message() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        async with open_wire(shop, begun["token"]) as wire:
            for _ in range(2):
                await wire.send("msg", cid="cid-00001", text="Once")
            first, second = await wire.until("ack"), await wire.until("ack")
        assert first == second
        assert len(shop.door.arrivals) == 1


async def test_sending_the_same_answer_twice_is_one_line() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        await say(shop, begun["token"], "Hello")
        message = answer(shop.visitor(), "Hi", thread=begun["conversation"])
        assert await shop.channel.send(message, 0) == await shop.channel.send(message, 0)
        assert len(shop.door.transcripts[begun["conversation"]]) == 2


class CuttingDoor(MemoryDoor):
    """Cuts the page's socket now and then after a commit, before the acknowledgement."""

    def __init__(self) -> None:
        super().__init__(FrozenClock(NOON))
        self.page: Page | None = None
        self.rng = Random(7)

    async def accept(self, arrivals: Any, *, state: Any = None) -> list[Accepted]:
        accepted = await super().accept(arrivals, state=state)
        if arrivals and self.rng.random() < 0.25:
            self.cut()
        await asyncio.sleep(0)
        return accepted

    def cut(self) -> None:
        wire = self.page.wire if self.page else None
        if wire and not wire.ws.closed:
            connection = wire.ws._conn
            if connection and connection.transport:
                connection.transport.abort()


async def test_after_any_cuts_both_sides_have_all_sixty_once_and_in_order() -> None:
    door = CuttingDoor()
    async with open_shop(door) as shop:
        begun = await shop.session()
        door.page = page = Page(shop, begun["token"])
        living = asyncio.create_task(page.live())
        await page.say("cid-00000", "0")
        await door.wait_for(1)
        visitor = shop.visitor()
        for number in range(1, 60):
            await page.say(f"cid-{number:05}", str(number))
            await shop.channel.send(answer(visitor, f"reply {number}", f"out-{number}"), 0)
            if number % 4 == 0:
                door.cut()
        async with asyncio.timeout(30):
            await page.until(60 + 59)
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
    mine = [line["text"] for line in page.lines if line.get("me")]
    theirs = [line["text"] for line in page.lines if not line.get("me")]
    assert page.cuts > 10
    assert page.gaps == 0
    assert [line["seq"] for line in page.lines] == list(range(1, 120))
    assert mine == [str(number) for number in range(60)]
    assert theirs == [f"reply {number}" for number in range(1, 60)]
    assert [json.loads(a.raw)["text"] for a in door.arrivals] == mine


async def test_a_line_appended_by_another_process_is_found_at_the_next_ping() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        async with open_wire(shop, begun["token"]) as wire:
            await wire.send("ping")
            await wire.until("pong")
            await shop.door.append(begun["conversation"], "elsewhere", b'{"from":{},"text":"Hi"}')
            await wire.send("ping")
            assert (await wire.until("msg"))["text"] == "Hi"


async def test_a_press_a_person_and_a_link_token_say_what_they_are() -> None:
    async with open_shop() as shop:
        begun = await shop.session(link_token="proof", form={"name": "Ada", "email": "ada@x.org"})
        await say(shop, begun["token"], "Talk to a person", person=True)
        asked = only_message(shop)
        assert (asked.wants_person, asked.link_token) == (True, "proof")
        assert (asked.sender.name, asked.sender.email) == ("Ada", "ada@x.org")
        await say(shop, begun["token"], "Yes", action={"value": "csat:5", "source": "c:2"})
        (pressed,) = shop.channel.parse(shop.door.arrivals[-1].raw)
        assert isinstance(pressed, ButtonPressed)
        assert (pressed.value, pressed.source_external_id) == ("csat:5", "c:2")
        await say(shop, begun["token"], "More")
        assert only_message(shop).link_token is None


async def test_reading_an_answer_is_a_receipt_once() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        await say(shop, begun["token"], "Hello")
        sent = await shop.channel.send(answer(shop.visitor(), "Hi"), 0)
        async with open_wire(shop, begun["token"]) as wire:
            for _ in range(2):
                await wire.send("read", seq=2)
            await shop.door.wait_for(2)
            await wire.send("ping")
            await wire.until("pong")
        assert len(shop.door.arrivals) == 2
        (receipt,) = shop.channel.parse(shop.door.arrivals[-1].raw)
        assert isinstance(receipt, DeliveryReported)
        assert (receipt.external_id, receipt.state) == (sent, "read")
        assert (await shop.session(token=begun["token"]))["unread"] == 0


async def test_an_agent_who_writes_is_shown_and_choices_come_with_the_answer() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        await say(shop, begun["token"], "Hello")
        async with open_wire(shop, begun["token"], cursor=1) as wire:
            await wire.until("welcome")
            await shop.channel.show_typing(shop.visitor(), begun["conversation"])
            assert (await wire.next())["t"] == "typing"
            choices = (Choice(label="Yes", value="yes"),)
            await shop.channel.send(answer(shop.visitor(), "Is it well?", choices=choices), 0)
            assert (await wire.next())["choices"] == [{"label": "Yes", "value": "yes", "url": None}]


async def test_without_sockets_the_same_lines_come_as_events() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        auth = {"Authorization": f"Bearer {begun['token']}", "Origin": SHOP}
        keyed = {**auth, "Idempotency-Key": "cid-00001"}
        for _ in range(2):
            status, ack = await shop.post("messages", {"text": "Hello"}, **keyed)
            assert (status, ack["seq"]) == (200, 1)
        assert (await shop.post("messages", {"text": "No key"}, **auth))[0] == 422
        await shop.channel.send(answer(shop.visitor(), "Hi"), 0)
        resumed = {**auth, "Last-Event-ID": "1"}
        async with shop.http.get(shop.url("events"), headers=resumed) as stream:
            assert stream.headers["Access-Control-Allow-Origin"] == SHOP
            lines = [await stream.content.readline() for _ in range(4)]
        frame = json.loads(next(x for x in lines if x.startswith(b"data: "))[6:])
        assert (frame["seq"], frame["text"]) == (2, "Hi")


async def test_many_pages_are_asked_to_come_back_one_after_the_other() -> None:
    rooms = Rooms()
    with ExitStack() as stack:
        for page in range(5 * BACK_PER_S):
            stack.enter_context(rooms.seat(f"c{page}"))
        closing = asyncio.create_task(rooms.close())
        await rooms.closing.wait()
        assert json.loads(goodbye(rooms)) == {"t": "bye", "code": "restart", "retry_after_s": 5}
    await closing


async def test_a_closing_house_asks_pages_without_sockets_too() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        auth = {"Authorization": f"Bearer {begun['token']}", "Origin": SHOP}
        async with shop.http.get(shop.url("events"), headers=auth) as stream:
            closing = asyncio.create_task(shop.channel._opened.rooms.close())  # type: ignore[union-attr]
            told = await stream.content.read()
            await closing
    assert b'data: {"t":"bye"' in told


async def test_a_closing_house_asks_every_page_to_come_back() -> None:
    async with open_shop() as shop:
        begun = await shop.session()
        async with open_wire(shop, begun["token"]) as wire:
            await wire.until("welcome")
            closing = asyncio.create_task(shop.channel._opened.rooms.close())  # type: ignore[union-attr]
            bye = await wire.next()
            assert (bye["t"], bye["retry_after_s"]) == ("bye", 1)
            assert (await wire.next()) == {"t": "closed", "code": 1012}
            await closing
