"""The Telegram channel against the sandbox's Bot API, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from msgspec import json as msgjson
from msgspec.structs import replace

from channels.sandbox.door import MemoryDoor
from channels.sandbox.telegram import Phone, SandboxFile, TelegramSandbox
from channels.telegram.channel import TelegramChannel
from channels.telegram.config import TelegramSettings
from desk.kit.clock import SystemClock
from desk.kit.errors import (
    ChannelBroken,
    ChannelBusy,
    DeskError,
    Refusal,
    Uncertain,
    Undeliverable,
)
from desk.ports.channel import (
    Channel,
    ChannelKit,
    FetchesFiles,
    HasHttpDoors,
    HealthState,
    LinksIdentities,
    ShowsTyping,
)
from desk.ports.messages import (
    Author,
    AuthorKind,
    ButtonPressed,
    Choice,
    Inbound,
    InboundMessage,
    MessageEdited,
    OutboundFile,
    OutboundMessage,
    ReachabilityChanged,
)

KIT = ChannelKit(clock=SystemClock(), secret="not-so-secret", public_url="http://127.0.0.1:1")
ADA = 4711
ALICE = Author(kind=AuthorKind.AGENT, name="Alice")
HELLO = OutboundMessage(
    id="m1",
    case_id=1,
    case_number=1042,
    message_id=7,
    recipient=str(ADA),
    thread=str(ADA),
    text="Hello **Ada**",
    author=ALICE,
)


@pytest.fixture
async def sandbox() -> AsyncIterator[TelegramSandbox]:
    async with TelegramSandbox(webhook_retry_s=0.05) as running:
        yield running


@pytest.fixture
def door() -> MemoryDoor:
    return MemoryDoor(SystemClock())


def settings_for(sandbox: TelegramSandbox, **changed: Any) -> TelegramSettings:
    settings = TelegramSettings(
        token=f"plain:{sandbox.token}",
        api_base=sandbox.api_base,
        file_base=sandbox.file_base,
        poll_timeout_s=5,
        backoff_first_s=0.05,
        backoff_cap_s=0.2,
        album_wait_s=0.15,
    )
    return replace(settings, **changed)


def channel_for(sandbox: TelegramSandbox, **changed: Any) -> TelegramChannel:
    return TelegramChannel("support", settings_for(sandbox, **changed), KIT)


@asynccontextmanager
async def running(
    sandbox: TelegramSandbox, door: MemoryDoor, **changed: Any
) -> AsyncIterator[TelegramChannel]:
    channel = channel_for(sandbox, **changed)
    async with channel.run(door):
        yield channel


@asynccontextmanager
async def writing_to_ada(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> AsyncIterator[tuple[TelegramChannel, Phone]]:
    """A channel whose bot Ada has already written to."""
    ada = sandbox.customer(ADA, "Ada", "Lovelace")
    async with running(sandbox, door) as channel:
        await ada.send("hello")
        await door.wait_for(1)
        yield channel, ada


async def heard(channel: TelegramChannel, door: MemoryDoor, count: int) -> list[Inbound]:
    arrivals = await door.wait_for(count)
    return [inbound for arrival in arrivals for inbound in channel.parse(arrival.raw)]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


def test_the_channel_fulfils_the_ports() -> None:
    channel = TelegramChannel("support", TelegramSettings(), KIT)
    assert isinstance(channel, Channel)
    assert isinstance(channel, FetchesFiles)
    assert isinstance(channel, HasHttpDoors)
    assert isinstance(channel, ShowsTyping)
    assert isinstance(channel, LinksIdentities)


# In


async def test_what_ada_writes_arrives_and_is_confirmed(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    ada = sandbox.customer(ADA, "Ada", "Lovelace", "ada", "de-AT")
    async with running(sandbox, door) as channel:
        first = await ada.send("Where is my parcel?")
        [message] = await heard(channel, door, 1)
        await until(lambda: sandbox.unconfirmed() == 0)
    assert isinstance(message, InboundMessage)
    assert message.external_id == f"{ADA}:{first.id}"
    assert message.text == "Where is my parcel?"
    assert message.thread == str(ADA)
    assert (message.sender.address, message.sender.name) == (str(ADA), "Ada Lovelace")
    assert message.sender.language == "de"
    assert door.arrivals[0].order_key == str(ADA)


async def test_an_update_is_confirmed_only_after_it_was_kept(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    door.trouble = ChannelBusy("the database is away")
    ada = sandbox.customer(ADA, "Ada")
    async with running(sandbox, door):
        await ada.send("one")
        await door.wait_until(lambda: door.health is HealthState.TROUBLED)
        assert sandbox.unconfirmed() == 1
        door.trouble = None
        await door.wait_for(1)
        await until(lambda: sandbox.unconfirmed() == 0)
    assert door.health is HealthState.STOPPED


async def test_a_restart_between_keeping_and_confirming_doubles_nothing(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    ada = sandbox.customer(ADA, "Ada")
    async with running(sandbox, door):
        await ada.send("one")
        await door.wait_for(1)
    async with running(sandbox, door):
        await ada.send("two")
        await door.wait_for(2)
    assert len(door.arrivals) == 2


async def test_a_poisoned_update_is_kept_and_the_next_one_comes(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    ada = sandbox.customer(ADA, "Ada")
    async with running(sandbox, door) as channel:
        sandbox.push({"message": {"text": 5, "chat": "nowhere"}})
        sandbox.push({"album": [7]})
        sandbox.push({"message": None, "poll_answer": {}})
        await ada.send("still here?")
        arrivals = await door.wait_for(4)
        [message] = channel.parse(arrivals[3].raw)
        with pytest.raises(DeskError, match="not an update"):
            channel.parse(arrivals[0].raw)
    assert isinstance(message, InboundMessage)
    assert message.text == "still here?"


async def test_updates_without_a_number_do_not_stop_polling(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    sandbox.push(["not", "an", "object"])
    ada = sandbox.customer(ADA, "Ada")
    async with running(sandbox, door):
        await door.wait_for(1)
        await ada.send("hello")
        await door.wait_for(2)
        await until(lambda: sandbox.unconfirmed() == 0)
    assert json.loads(door.arrivals[0].raw) == ["not", "an", "object"]


async def test_a_second_poller_is_named_and_polling_goes_on(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    ada = sandbox.customer(ADA, "Ada")
    async with running(sandbox, door), aiohttp.ClientSession() as other:
        await until(lambda: any(method == "getupdates" for method, _ in sandbox.calls))
        async with other.get(f"{sandbox.api_base}/bot{sandbox.token}/getUpdates?timeout=0"):
            pass
        await door.wait_until(lambda: door.health is HealthState.TROUBLED)
        assert door.healths[-1].detail.startswith("Another process uses this token")
        await door.wait_until(lambda: door.health is HealthState.CONNECTED)
        await ada.send("hello")
        await door.wait_for(1)


async def test_a_webhook_left_behind_is_removed_and_nothing_is_lost(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    sandbox.updates.set_hook("http://127.0.0.1:9/gone", "")
    await sandbox.customer(ADA, "Ada").send("written before")
    async with running(sandbox, door):
        await door.wait_for(1)
    assert sandbox.updates.hook.url == ""


async def test_polling_comes_back_by_itself_when_telegram_was_away(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    sandbox.faults.answer(502, "Bad Gateway", method="getUpdates", times=2)
    sandbox.faults.garble(method="getUpdates")
    async with running(sandbox, door):
        await door.wait_until(lambda: door.health is HealthState.TROUBLED)
        await door.wait_until(lambda: door.health is HealthState.CONNECTED)
        await sandbox.customer(ADA, "Ada").send("hello")
        await door.wait_for(1)


async def test_a_dead_token_breaks_the_inbox_in_words_without_the_token(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with running(sandbox, door, token="plain:1:wrong"):
        await door.wait_until(lambda: door.health is HealthState.BROKEN)
    assert door.healths[1].detail == "Telegram does not accept the token."


async def test_a_missing_token_is_reported_and_the_desk_starts(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with running(sandbox, door, token="env:PARLEY_NO_SUCH_TOKEN"):
        assert door.health is HealthState.BROKEN
        assert "PARLEY_NO_SUCH_TOKEN" in door.healths[-1].detail


async def test_an_album_is_one_message(sandbox: TelegramSandbox, door: MemoryDoor) -> None:
    ada = sandbox.customer(ADA, "Ada")
    async with running(sandbox, door) as channel:
        files = [SandboxFile(f"{n}.jpg", b"\xff\xd8" + bytes([n])) for n in range(3)]
        written = await ada.send_album(files, "The damage")
        await ada.send("and a word after it")
        album, after = await heard(channel, door, 2)
        assert isinstance(album, InboundMessage)
        fetched = [await channel.fetch(b"", file) for file in album.attachments]
    assert isinstance(after, InboundMessage)
    assert after.text == "and a word after it"
    assert album.external_id == f"{ADA}:{written[0].id}"
    assert album.text == "The damage"
    assert fetched == [file.content for file in files]


async def test_an_album_survives_a_restart_in_the_middle(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    ada = sandbox.customer(ADA, "Ada")
    async with running(sandbox, door, album_wait_s=60.0):
        await ada.send_album([SandboxFile(f"{n}.jpg", b"x") for n in range(2)])
        await until(lambda: sandbox.unconfirmed() == 0)
        assert door.arrivals == []
    async with running(sandbox, door) as channel:
        [album] = await heard(channel, door, 1)
    assert isinstance(album, InboundMessage)
    assert len(album.attachments) == 2


async def test_an_edit_a_block_and_a_return_are_told(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, ada):
        first = await ada.send("teh parcel")
        await ada.edit(first.id, "the parcel")
        ada.block()
        ada.unblock()
        _, _, edited, gone, back = await heard(channel, door, 5)
    assert isinstance(edited, MessageEdited)
    assert (edited.external_id, edited.text) == (f"{ADA}:{first.id}", "the parcel")
    assert isinstance(gone, ReachabilityChanged)
    assert isinstance(back, ReachabilityChanged)
    assert (gone.address, gone.reachable, back.reachable) == (str(ADA), False, True)


async def test_a_link_opened_in_telegram_brings_its_token(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with writing_to_ada(sandbox, door) as (channel, ada):
        await until(lambda: channel.identity_link("t").startswith("https"))
        link = channel.identity_link("one-time_Token")
        await ada.send(f"/start {link.rpartition('=')[2]}")
        _, opened = await heard(channel, door, 2)
    assert link == "https://t.me/parley_sandbox_bot?start=one-time_Token"
    assert isinstance(opened, InboundMessage)
    assert opened.link_token == "one-time_Token"
    assert "one-time_Token" not in opened.text


async def test_a_file_too_large_to_fetch_is_refused_in_words(door: MemoryDoor) -> None:
    async with (
        TelegramSandbox(download_bytes=10) as sandbox,
        writing_to_ada(sandbox, door) as (channel, ada),
    ):
        await ada.send(file=SandboxFile("big.pdf", b"x" * 11))
        _, message = await heard(channel, door, 2)
        assert isinstance(message, InboundMessage)
        [file] = message.attachments
        assert (file.name, file.mime, file.size_bytes) == ("big.pdf", "application/pdf", 11)
        with pytest.raises(Undeliverable, match="File is too big"):
            await channel.fetch(b"", file)


# Out


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


def test_a_file_no_bot_can_send_is_named_before_it_is_tried() -> None:
    channel = TelegramChannel("support", TelegramSettings(), KIT)
    huge = OutboundFile(name="film.mov", mime="video/mp4", size_bytes=51 * 2**20, blob="b")
    plan = channel.plan(replace(HELLO, attachments=(huge,)))
    assert len(plan.parts) == 1
    assert "film.mov" in plan.dropped[0]


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


# The doctor


async def test_the_doctor_names_the_bot_and_what_waits(sandbox: TelegramSandbox) -> None:
    await sandbox.customer(ADA, "Ada").send("hello")
    findings = await channel_for(sandbox).check()
    assert [finding.ok for finding in findings] == [True, True]
    assert "@parley_sandbox_bot" in findings[0].detail
    assert findings[1].detail == "1 waiting to be fetched."


async def test_the_doctor_says_how_to_mend_a_token_and_an_address(
    sandbox: TelegramSandbox,
) -> None:
    [refused] = await channel_for(sandbox, token="plain:1:wrong").check()
    [unset] = await channel_for(sandbox, token="").check()
    [away] = await channel_for(sandbox, api_base="http://127.0.0.1:9").check()
    assert "BotFather" in refused.mend
    assert "There is no Telegram token." in unset.detail
    assert "127.0.0.1:9" in away.mend
    assert not (refused.ok or unset.ok or away.ok)


def test_settings_refuse_an_unknown_key() -> None:
    with pytest.raises(ValueError, match="tokn"):
        msgjson.decode(b'{"tokn": "x"}', type=TelegramSettings)
