"""What reaches the desk from Telegram by polling, and what the doctor says; real sockets."""

import json
import subprocess
import sys

import aiohttp
import pytest
from msgspec import json as msgjson

from channels.sandbox.door import MemoryDoor
from channels.sandbox.telegram import SandboxFile, TelegramSandbox
from channels.telegram.channel import TelegramChannel
from channels.telegram.commands import HELP
from channels.telegram.config import TelegramSettings
from desk.kit.errors import (
    ChannelBusy,
    DeskError,
    Undeliverable,
)
from desk.ports.channel import Channel, HealthState
from desk.ports.inbound import CustomerAsked, ReachabilityChanged, Wish
from desk.ports.messages import InboundMessage, MessageEdited
from desk.ports.optional import FetchesFiles, HasHttpDoors, LinksIdentities, ShowsTyping
from tests.channels.telegram_desk import (
    ADA,
    KIT,
    channel_for,
    door,
    heard,
    running,
    sandbox,
    until,
    writing_to_ada,
)

__all__ = ["door", "sandbox"]


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


async def test_stops_and_cut_connections_lose_nothing_and_double_nothing(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    people = [sandbox.customer(n, f"Customer {n}") for n in (1, 2, 3)]
    for round_ in range(4):
        sandbox.faults.drop(method="getUpdates", times=2, processed=True)
        async with running(sandbox, door):
            for person in people:
                await person.send(f"{round_}a")
                await person.send(f"{round_}b")
            if round_ % 2:  # sometimes stopped before anything was fetched
                await until(lambda: sandbox.unconfirmed() < 6)
    async with running(sandbox, door) as channel:
        told = await heard(channel, door, 24)
        await until(lambda: sandbox.unconfirmed() == 0)
    for person in people:
        texts = [
            m.text for m in told if isinstance(m, InboundMessage) and m.thread == f"{person.id}"
        ]
        assert texts == [f"{round_}{part}" for round_ in range(4) for part in "ab"]
    assert door.offered >= len(door.arrivals) == 24


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


async def test_help_is_answered_at_once_in_the_customers_language_and_is_nobodys_case(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    async with running(sandbox, door) as channel:
        zoe = sandbox.customer(12, "Zoé", language="fr")
        await zoe.send("/help")
        shown = await zoe.wait_for(lambda written: not written.mine)
        assert shown.text == HELP["fr"]
        kim = sandbox.customer(13, "Kim", language="ko")
        await kim.send("/start")
        assert (await kim.wait_for(lambda written: not written.mine)).text == HELP["en"]
        await kim.send("/help my lamp flickers")
        await until(lambda: len(door.arrivals) == 3)
        heard_of = [one for arrival in door.arrivals for one in channel.parse(arrival.raw)]
    wishes = [one.wish for one in heard_of if isinstance(one, CustomerAsked)]
    opening = [one.opens_case for one in heard_of if isinstance(one, InboundMessage)]
    assert (wishes, opening) == ([Wish.BEGIN, Wish.BEGIN], [True])
    assert len([written for written in kim.messages if not written.mine]) == 1


async def test_the_menu_is_in_six_languages(sandbox: TelegramSandbox, door: MemoryDoor) -> None:
    async with running(sandbox, door):
        await until(lambda: len(sandbox.world.commands) == 6)
    assert sandbox.world.commands[""][0] == {"command": "new", "description": "Start a new request"}
    assert sandbox.world.commands["de"][1]["description"] == "Mit einem Menschen sprechen"


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
    assert not (refused.ok)
    assert not (unset.ok)
    assert not (away.ok)


def test_the_library_is_not_loaded_before_a_bot_is_needed() -> None:
    code = (
        "import sys; from channels.telegram.channel import TelegramChannel;"
        "import channels.telegram.webhook; sys.exit('telegram' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_settings_refuse_an_unknown_key() -> None:
    with pytest.raises(ValueError, match="tokn"):
        msgjson.decode(b'{"tokn": "x"}', type=TelegramSettings)


async def test_a_database_away_at_the_start_delays_and_loses_nothing(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    ada = sandbox.customer(ADA, "Ada")
    await ada.send("hello")
    door.away = ChannelBusy("the database is away")
    async with running(sandbox, door) as channel:
        await door.wait_until(lambda: door.health is HealthState.TROUBLED)
        door.away = None
        assert len(await heard(channel, door, 1)) == 1
