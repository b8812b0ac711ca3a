"""What leaves for Telegram, and what each refusal means; real sockets."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace

from channels.sandbox.door import MemoryDoor
from channels.sandbox.telegram import TelegramSandbox
from channels.telegram.channel import TelegramChannel
from channels.telegram.config import TelegramSettings
from desk.kit.errors import (
    ChannelBroken,
    ChannelBusy,
    Refusal,
    Uncertain,
    Undeliverable,
)
from desk.ports.messages import ButtonPressed, Choice, OutboundFile
from tests.channels.telegram_desk import (
    ADA,
    HELLO,
    KIT,
    channel_for,
    door,
    heard,
    running,
    sandbox,
    settings_for,
    until,
    writing_to_ada,
)

__all__ = ["door", "sandbox"]


async def test_an_answer_arrives_formatted_under_the_message_it_answers(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, ada):
        asked = ada.messages[0]
        await channel.show_typing(str(ADA), "")
        assert ada.typing
        answer = replace(HELLO, in_reply_to=f"{ADA}:{asked.id}")
        external_id = await channel.send(answer, 0)
        [shown] = ada.received
    assert external_id == f"{ADA}:{shown.id}"
    assert (shown.text, shown.reply_to) == ("Hello Ada", asked.id)
    assert shown.entities == [{"type": "bold", "offset": 6, "length": 3}]
    assert not ada.typing


async def test_what_is_changed_keeps_its_buttons_and_loses_them_when_it_has_none(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    five = tuple(Choice(label=str(n), value=f"rating:{n}") for n in range(1, 6))
    async with writing_to_ada(sandbox, door) as (channel, ada):
        sent = await channel.send(replace(HELLO, choices=five), 0)
        await channel.edit(replace(HELLO, text="How was it?", choices=five), sent)
        assert [len(row) for row in ada.received[0].buttons] == [5]
        await channel.edit(replace(HELLO, text="You chose 4 of 5."), sent)
        await channel.edit(replace(HELLO, text="You chose 4 of 5."), sent)  # again: no harm
        [shown] = ada.received
    assert (shown.text, shown.buttons) == ("You chose 4 of 5.", [])


async def test_an_answer_to_a_message_that_is_gone_is_sent_without_it(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, ada):
        await channel.send(replace(HELLO, in_reply_to=f"{ADA}:99999"), 0)
    assert ada.received[0].reply_to is None


async def test_a_long_text_leaves_in_parts_that_telegram_takes(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    text = "\n\n".join(f"{n} " + "😀 word " * 60 for n in range(12))
    async with writing_to_ada(sandbox, door) as (channel, ada):
        long = replace(HELLO, text=text, choices=(Choice(label="Good", value="good"),))
        parts = channel.plan(long).parts
        for part in parts:
            await channel.send(long, part.index)
    shown = "".join(message.text for message in ada.received)
    assert len(parts) > 1
    assert "".join(shown.split()) == "".join(text.split())
    assert [bool(message.buttons) for message in ada.received] == [False, True]


async def test_a_pressed_button_is_answered_and_its_keyboard_goes(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, ada):
        question = replace(
            HELLO,
            choices=(
                Choice(label="Yes", value="yes:1"),
                Choice(label="Shop", value="", url="https://example.org"),
            ),
        )
        await channel.send(question, 0)
        [shown] = ada.received
        assert [b["text"] for row in shown.buttons for b in row] == ["Yes", "Shop"]
        press = await ada.press(shown.id, "yes:1")
        _, pressed = await heard(channel, door, 2)
        await until(lambda: ada.was_answered(press) and not shown.buttons)
    assert isinstance(pressed, ButtonPressed)
    assert pressed.value == "yes:1"
    assert pressed.source_external_id == f"{ADA}:{shown.id}"
    assert pressed.sender.address == str(ADA)


async def test_files_leave_as_photo_or_document(sandbox: TelegramSandbox, door: MemoryDoor) -> None:
    async with writing_to_ada(sandbox, door) as (channel, ada):
        files = []
        for name, mime in (("a.png", "image/png"), ("b.pdf", "application/pdf")):
            blob = await door.blobs.put(name.encode())
            files.append(OutboundFile(name=name, mime=mime, size_bytes=5, blob=blob))
        message = replace(HELLO, text="", attachments=tuple(files))
        for part in channel.plan(message).parts:
            await channel.send(message, part.index)
    shown = [message.file for message in ada.received]
    assert [(f.kind, f.name, f.content) for f in shown if f] == [
        ("photo", "a.png", b"a.png"),
        ("document", "b.pdf", b"b.pdf"),
    ]


async def test_several_files_of_a_kind_leave_as_albums(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    kinds = [*(("image/png",) * 11), *(("application/pdf",) * 2)]
    async with writing_to_ada(sandbox, door) as (channel, ada):
        files = []
        for number, mime in enumerate(kinds):
            blob = await door.blobs.put(b"%d" % number)
            files.append(OutboundFile(name=f"{number}", mime=mime, size_bytes=2, blob=blob))
        message = replace(HELLO, attachments=tuple(files))
        plan = channel.plan(message)
        ids = [await channel.send(message, part.index) for part in plan.parts]
    assert [part.summary for part in plan.parts[1:]] == ["album of 10", "photo 10", "album of 2"]
    assert [len(one.split()) for one in ids] == [1, 10, 1, 2]
    shown = [message.file for message in ada.received if message.file]
    assert [file.content for file in shown] == [b"%d" % number for number in range(13)]
    albums = [message.album for message in ada.received if message.file]
    assert len({*albums[:10]}) == 1
    assert len({albums[0], albums[10], albums[11]}) == 3


def test_after_a_refusal_files_leave_one_by_one_and_buttons_have_a_place() -> None:
    channel = TelegramChannel("support", TelegramSettings(), KIT)
    one = OutboundFile(name="a.png", mime="image/png", size_bytes=5, blob="b")
    two = replace(HELLO, attachments=(one, one))
    plain = channel.plan(replace(two, plain=True)).parts
    assert [part.body["send"] for part in plain] == ["text", "document", "document"]
    yes = Choice(label="Yes", value="yes")
    bare = channel.plan(replace(two, text="", choices=(yes,))).parts
    assert [part.body["send"] for part in bare] == ["photo", "photo"]
    assert "keyboard" in bare[-1].body


def test_a_file_no_bot_can_send_is_named_before_it_is_tried() -> None:
    channel = TelegramChannel("support", TelegramSettings(), KIT)
    huge = OutboundFile(name="film.mov", mime="video/mp4", size_bytes=51 * 2**20, blob="b")
    plan = channel.plan(replace(HELLO, attachments=(huge,)))
    assert len(plan.parts) == 1
    assert "film.mov" in plan.dropped[0]


async def test_a_file_no_bot_can_send_is_a_link_where_the_desk_can_be_reached(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    blob = await door.blobs.put(b"a film")
    huge = OutboundFile(name="film.mov", mime="video/mp4", size_bytes=51 * 2**20, blob=blob)
    kit = replace(KIT, public_url="https://desk.example.org")
    channel = TelegramChannel("support", settings_for(sandbox), kit)
    ada = sandbox.customer(ADA, "Ada")
    async with channel.run(door):
        await ada.send("hello")
        await channel.send(replace(HELLO, attachments=(huge,), written_at=kit.clock.now()), 0)
        [shown] = ada.received
        [link] = [entity["url"] for entity in shown.entities if entity["type"] == "text_link"]
        [route] = channel.http_doors()
        app = web.Application()
        app.router.add_route(route.method, route.path, route.handler)
        async with TestClient(TestServer(app)) as client:
            path = link.removeprefix("https://desk.example.org")
            async with client.get(path) as answer:
                assert (answer.status, await answer.read()) == (200, b"a film")
                assert answer.headers["Content-Disposition"].startswith("attachment")
            async with client.get(path.replace("film.mov", "film.exe")) as forged:
                assert forged.status == 404
    assert "film.mov (53.5 MB)" in shown.text


async def test_a_message_that_cannot_leave_at_all_fails_in_words(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    huge = OutboundFile(name="film.mov", mime="video/mp4", size_bytes=51 * 2**20, blob="b")
    async with running(sandbox, door) as channel:
        with pytest.raises(Undeliverable, match="nothing in it"):
            await channel.send(replace(HELLO, text=" ", attachments=(huge,)), 0)


# Errors


@pytest.mark.parametrize(
    ("code", "description", "refusal"),
    [
        (403, "Forbidden: bot was blocked by the user", Refusal.GONE),
        (403, "Forbidden: user is deactivated", Refusal.GONE),
        (400, "Bad Request: chat not found", Refusal.GONE),
        (400, "Bad Request: message is too long", Refusal.CONTENT),
        (400, "Bad Request: can't parse entities", Refusal.CONTENT),
        (413, "Request Entity Too Large", Refusal.CONTENT),
        (404, "Not Found", Refusal.CONTENT),
        (400, "Bad Request: message to be replied not found", Refusal.CONTEXT),
        (400, "Bad Request: TOPIC_CLOSED", Refusal.CONTEXT),
        (400, "Bad Request: message thread not found", Refusal.CONTEXT),
    ],
)
async def test_what_telegram_refuses_for_good_is_not_tried_again(
    sandbox: TelegramSandbox, door: MemoryDoor, code: int, description: str, refusal: Refusal
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, _):
        sandbox.faults.answer(code, description, method="sendMessage")
        with pytest.raises(Undeliverable) as raised:
            await channel.send(HELLO, 0)
    assert raised.value.refusal is refusal


@pytest.mark.parametrize("code", [500, 502, 504])
async def test_an_outage_is_tried_again(
    sandbox: TelegramSandbox, door: MemoryDoor, code: int
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, ada):
        sandbox.faults.answer(code, "Internal Server Error", method="sendMessage")
        with pytest.raises(ChannelBusy):
            await channel.send(HELLO, 0)
        await channel.send(HELLO, 0)
    assert len(ada.received) == 1


async def test_a_flooded_chat_waits_and_another_does_not(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, _):
        bruno = sandbox.customer(4712, "Bruno")
        await bruno.send("hi")
        sandbox.faults.flood(30, method="sendMessage", chat=ADA)
        with pytest.raises(ChannelBusy) as refused:
            await channel.send(HELLO, 0)
        with pytest.raises(ChannelBusy) as waiting:
            await channel.send(HELLO, 0)
        await channel.send(replace(HELLO, recipient="4712", thread="4712"), 0)
    assert refused.value.retry_after_s == pytest.approx(30.1)
    assert 25 < (waiting.value.retry_after_s or 0) <= 30.1
    assert len([1 for method, _ in sandbox.calls if method == "sendmessage"]) == 2
    assert len(bruno.received) == 1


async def test_a_turn_that_was_waited_for_is_not_waited_for_again(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with running(sandbox, door, send_wait_s=0.1) as channel:
        await sandbox.customer(ADA, "Ada").send("hi")
        for _ in range(3):  # as many as may go to one chat at once
            await channel.turn(HELLO, 0)
            await channel.send(HELLO, 0)
        with pytest.raises(ChannelBusy):
            await channel.turn(HELLO, 0)
        with pytest.raises(ChannelBusy):
            await channel.send(HELLO, 0)


async def test_a_migrated_group_tells_its_new_number(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with running(sandbox, door) as channel:
        sandbox.faults.migrate(-100, -1001234567890)
        with pytest.raises(Undeliverable) as moved:
            await channel.send(replace(HELLO, thread="-100"), 0)
    assert moved.value.refusal is Refusal.MOVED
    assert moved.value.moved_to == "-1001234567890"


@pytest.mark.parametrize("garbled", [False, True])
async def test_a_send_without_an_answer_is_uncertain_and_not_repeated(
    sandbox: TelegramSandbox, door: MemoryDoor, garbled: bool
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, ada):
        if garbled:
            sandbox.faults.garble(method="sendMessage")
        else:
            sandbox.faults.drop(method="sendMessage", processed=True)
        with pytest.raises(Uncertain):
            await channel.send(HELLO, 0)
    assert len(ada.received) == 1


async def test_a_timeout_after_the_bytes_left_is_uncertain(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    await sandbox.customer(ADA, "Ada").send("hello")
    async with running(sandbox, door, read_timeout_s=0.2) as channel:
        sandbox.faults.slow(0.6, method="sendMessage")
        with pytest.raises(Uncertain):
            await channel.send(HELLO, 0)


async def test_a_server_that_is_not_there_took_nothing(door: MemoryDoor) -> None:
    async with TelegramSandbox() as sandbox:
        channel = channel_for(sandbox)
    async with channel.run(door):
        with pytest.raises(ChannelBusy):
            await channel.send(HELLO, 0)
        await channel.show_typing(str(ADA), "")


async def test_a_revoked_token_breaks_the_inbox_only_when_get_me_says_so(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, _):
        sandbox.faults.answer(401, "Unauthorized", method="sendMessage")
        with pytest.raises(Undeliverable):
            await channel.send(HELLO, 0)
        sandbox.faults.answer(401, "Unauthorized", method="sendMessage")
        sandbox.faults.answer(401, "Unauthorized", method="getMe")
        with pytest.raises(ChannelBroken, match="does not accept the token"):
            await channel.send(HELLO, 0)


async def test_a_customer_who_blocked_us_is_gone_until_he_is_back(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, ada):
        ada.block()
        with pytest.raises(Undeliverable, match="blocked by the user"):
            await channel.send(HELLO, 0)
        ada.unblock()
        await channel.send(HELLO, 0)
    assert len(ada.received) == 1


async def test_an_answer_to_a_topic_that_is_closed_goes_to_the_chat(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, ada):
        sandbox.faults.answer(400, "Bad Request: TOPIC_CLOSED", method="sendMessage")
        await channel.send(replace(HELLO, thread=f"{ADA}:7"), 0)
    assert [(shown.text, shown.topic) for shown in ada.received] == [("Hello Ada", None)]


def test_a_picture_telegram_could_not_show_leaves_as_a_document_and_texts_cut_as_before() -> None:
    channel = TelegramChannel("support", TelegramSettings(), KIT)
    picture = OutboundFile(name="a.png", mime="image/png", size_bytes=5, blob="b")
    message = replace(HELLO, text="**word** " * 9 + "word " * 2_000, attachments=(picture,))
    rich = [part.body for part in channel.plan(message).parts]
    plain = [part.body for part in channel.plan(replace(message, plain=True)).parts]
    assert [body["send"] for body in rich] == ["text", "text", "text", "photo"]
    assert [body["send"] for body in plain] == ["text", "text", "text", "document"]
    assert [body.get("text") for body in rich] == [body.get("text") for body in plain]
    assert not any(body.get("entities") for body in plain)
