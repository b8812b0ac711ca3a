"""A Telegram group where agents work: cards, lines and whispers as they stand there."""

from typing import Any

import pytest
from msgspec.structs import replace

from channels.sandbox.door import MemoryDoor
from channels.sandbox.telegram import Forum, TelegramSandbox
from desk.kit.errors import ChannelBusy, Refusal, Undeliverable
from desk.ports.hub import HasHubs
from desk.ports.messages import OutboundFile
from tests.channels.telegram_desk import channel_for, door, running, sandbox, settings_for
from tests.channels.test_telegram_hub_words import CARD, GROUP, LINE, PLACE

__all__ = ["door", "sandbox"]


@pytest.fixture
def group(sandbox: TelegramSandbox) -> Forum:
    return sandbox.forum(GROUP, "Support")


async def test_a_card_is_a_topic_with_its_first_message_pinned(
    sandbox: TelegramSandbox, door: MemoryDoor, group: Forum
) -> None:
    async with working(sandbox, door) as channel:
        thread = await channel.show_card(PLACE, CARD, "")
        [topic] = group.topics
        assert thread == f"{PLACE}:{topic.id}"
        [card] = [one for one in group.messages(topic.id) if one.buttons]
        assert topic.pinned == [card.id]
        assert await channel.show_card(PLACE, CARD, thread) == thread
        later = replace(CARD, subject="My chair", status="resolved", done=True)
        assert await channel.show_card(PLACE, later, thread) == thread
        assert (topic.name, topic.closed) == ("✅ #1042 My chair", True)
        assert "Status: resolved" in card.text
        await channel.show_card(PLACE, CARD, thread)
        assert (topic.name, topic.closed) == ("#1042 Where is my chair?", False)
        assert len(group.topics) == 1


async def test_a_card_cut_short_goes_on_in_the_topic_it_has(
    sandbox: TelegramSandbox, door: MemoryDoor, group: Forum
) -> None:
    sandbox.faults.flood(1, method="sendMessage")
    async with working(sandbox, door) as channel:
        with pytest.raises(ChannelBusy) as busy:
            await channel.show_card(PLACE, CARD, "")
        assert busy.value.retry_after_s == pytest.approx(1.1)
    async with working(sandbox, door) as channel:
        await channel.show_card(PLACE, CARD, "")
    assert len(group.topics) == 1
    assert len([one for one in group.messages() if one.buttons]) == 1


async def test_a_card_somebody_removed_is_said_again_and_a_topic_that_is_gone_is_told(
    sandbox: TelegramSandbox, door: MemoryDoor, group: Forum
) -> None:
    async with working(sandbox, door) as channel:
        thread = await channel.show_card(PLACE, CARD, "")
        [topic] = group.topics
        [card] = [one for one in group.messages(topic.id) if one.buttons]
        group.remove(card.id)
        await channel.show_card(PLACE, replace(CARD, status="pending"), thread)
        [anew] = [one for one in group.messages(topic.id) if one.buttons]
        assert "pending" in anew.text
        group.delete(topic.id)
        for work in (channel.show_card(PLACE, CARD, thread), channel.say(PLACE, thread, LINE)):
            with pytest.raises(Undeliverable) as gone:
                await work
            assert gone.value.refusal is Refusal.CONTEXT


async def test_what_a_bot_may_not_pin_it_shows_all_the_same(
    sandbox: TelegramSandbox, door: MemoryDoor, group: Forum
) -> None:
    group.rights.discard("can_pin_messages")
    async with working(sandbox, door) as channel:
        await channel.show_card(PLACE, CARD, "")
    assert [one.pinned for one in group.topics] == [[]]


async def test_a_line_is_said_in_a_closed_topic_too_and_closes_it_again(
    sandbox: TelegramSandbox, door: MemoryDoor, group: Forum
) -> None:
    async with working(sandbox, door) as channel:
        thread = await channel.show_card(PLACE, replace(CARD, done=True), "")
        [topic] = group.topics
        sandbox.faults.answer(400, "Bad Request: TOPIC_CLOSED", method="sendMessage")
        await channel.say(PLACE, thread, LINE)
        assert any("wobbles" in one.text for one in group.messages(topic.id))
        assert topic.closed


async def test_what_telegram_will_not_show_is_shown_more_simply_and_never_blocks(
    sandbox: TelegramSandbox, door: MemoryDoor, group: Forum
) -> None:
    async with working(sandbox, door) as channel:
        thread = await channel.show_card(PLACE, CARD, "")
        blob = await door.blobs.put(b"no picture")
        file = OutboundFile(name="chair.png", mime="image/png", size_bytes=10, blob=blob)
        sandbox.faults.answer(400, "Bad Request: IMAGE_PROCESS_FAILED", method="sendPhoto")
        sandbox.faults.answer(400, "Bad Request: file must be non-empty", method="sendDocument")
        sandbox.faults.answer(400, "Bad Request: ENTITY_BOUNDS_INVALID", method="sendMessage")
        ids = await channel.say(PLACE, thread, replace(LINE, attachments=(file,)))
        words = [one.text for one in group.messages() if not one.buttons and one.text]
        assert words == ["👤 Ada\n\nIt wobbles.", "📎 chair.png: Telegram does not take this file."]
        assert len(ids.split()) == 2


async def test_a_line_of_several_parts_goes_on_with_the_part_that_was_refused(
    sandbox: TelegramSandbox, door: MemoryDoor, group: Forum
) -> None:
    blob = await door.blobs.put(b"%PDF")
    file = OutboundFile(name="leg.pdf", mime="application/pdf", size_bytes=4, blob=blob)
    line = replace(LINE, attachments=(file,))
    async with working(sandbox, door) as channel:
        thread = await channel.show_card(PLACE, CARD, "")
        sandbox.faults.answer(502, "Bad Gateway", method="sendDocument")
        with pytest.raises(ChannelBusy):
            await channel.say(PLACE, thread, line)
    async with working(sandbox, door) as channel:
        ids = await channel.say(PLACE, thread, line)
        assert await channel.say(PLACE, thread, line) == ids  # nobody heard that it was said
    said = [one for one in group.messages() if "wobbles" in one.text or one.file]
    assert [f"{GROUP}:{one.id}" for one in said] == ids.split()


async def test_a_whisper_is_heard_in_private_or_only_that_there_is_one(
    sandbox: TelegramSandbox, door: MemoryDoor, group: Forum
) -> None:
    alice = sandbox.customer(42, "Alice")
    async with working(sandbox, door) as channel:
        thread = await channel.show_card(PLACE, CARD, "")
        await channel.whisper(PLACE, thread, "42", "Not done: Ada's case is closed.")
        public = group.messages()[-1]
        assert "Ada" not in public.text
        assert public.entities[0]["user"]["id"] == 42
        await alice.send("/start")
        await channel.whisper(PLACE, thread, "42", "Not done: Ada's case is closed.")
        assert "Not done: Ada's case is closed." in alice.received[-1].text
        assert group.messages()[-1] is public
        await channel.whisper("", "42", "42", "Connected.")
        assert alice.received[-1].text == "Connected."


async def test_delivered_words_get_the_nearest_emoji_telegram_has(
    sandbox: TelegramSandbox, door: MemoryDoor, group: Forum
) -> None:
    alice = sandbox.customer(42, "Alice")
    async with working(sandbox, door) as channel:
        await channel.show_card(PLACE, CARD, "")
        words = await group.write(alice, group.topics[0].id, "On Monday.")
        await channel.react(f"{GROUP}:{words.id}", ["✅"])
        assert words.reactions[sandbox.world.bot_id] == ["👍"]


async def test_the_doctor_names_each_thing_a_hub_lacks_and_its_mend(
    sandbox: TelegramSandbox, group: Forum
) -> None:
    async def found() -> list[tuple[bool, str]]:
        channel = channel_for(sandbox, hubs={PLACE: ""})
        findings = await channel.check()
        return [(one.ok, one.detail) for one in findings if "hub" in one.what]

    assert await found() == [(True, "This is “Support”; the bot may work.")]
    group.rights.discard("can_manage_topics")
    assert await found() == [(False, "The bot lacks a right: manage topics.")]
    group.rights.clear()
    assert await found() == [(False, "The bot is no admin there.")]
    sandbox.world.chats.pop(GROUP)
    [(ok, detail)] = await found()
    assert not ok
    assert "chat not found" in detail.lower()


def test_a_telegram_inbox_can_have_hubs(sandbox: TelegramSandbox) -> None:
    channel = channel_for(sandbox, hubs={PLACE: "Support"})
    assert isinstance(channel, HasHubs)
    assert channel.hubs == {PLACE: "Support"}
    assert settings_for(sandbox).hubs == {}


def working(sandbox: TelegramSandbox, door: MemoryDoor) -> Any:
    """A channel with the hub, quick enough for a test."""
    more: dict[str, Any] = {"hubs": {PLACE: ""}, "group_sends_per_minute": 60_000}
    return running(sandbox, door, **more)
