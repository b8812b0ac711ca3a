"""Groups: what the bot hears there, and whose conversation it is."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from channels.sandbox.door import MemoryDoor
from channels.sandbox.telegram import TelegramSandbox
from channels.telegram.config import CasePer, Hear, TelegramSettings
from channels.telegram.parse import parse
from desk.ports.inbound import CustomerAsked, Inbound, PlaceMoved
from desk.ports.messages import ButtonPressed, Choice, InboundMessage
from tests.channels.telegram_desk import HELLO, channel_for, door, heard, running, sandbox, until
from tests.channels.test_telegram_parse import ADA, EVERYWHERE, FILE, GROUP, update

__all__ = ["door", "sandbox"]

US = {"id": 110201543, "username": "parley_bot"}
BOT = US | {"is_bot": True, "first_name": "Parley"}
ADDRESSED = TelegramSettings(groups=Hear.ADDRESSED)


def said_in_group(settings: TelegramSettings, us: Any = US, **fields: Any) -> list[Inbound]:
    told = update(chat=GROUP, **fields) | ({"us": us} if us else {})
    return parse(json.dumps(told).encode(), settings)


def marked(text: str, kind: str = "mention", **more: Any) -> dict[str, Any]:
    """A text in which the bot's name, or what is said to be it, is marked as Telegram does."""
    name = next(word.rstrip(",") for word in text.split() if word.startswith(("@", "/")))
    at = len(text[: text.index(name)].encode("utf-16-le")) // 2
    entity = {"type": kind, "offset": at, "length": len(name), **more}
    return {"text": text, "entities": [entity]}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (marked("@Parley_Bot my washer leaks"), "my washer leaks"),
        (marked("😀 so @parley_bot, my washer"), "😀 so @parley_bot, my washer"),
        (marked("@parley_bot"), "@parley_bot"),
        (marked("@you there", "text_mention", user={"id": US["id"], "is_bot": True}), "@you there"),
        ({"text": "it leaks", "reply_to_message": {"message_id": 3, "from": BOT}}, "it leaks"),
        ({"text": "/human@parley_bot it leaks"}, "it leaks"),
        ({"text": "/new it leaks"}, "it leaks"),
    ],
)
def test_in_a_group_where_it_is_addressed_the_bot_hears_what_is_meant_for_it(
    fields: dict[str, Any], text: str
) -> None:
    [found] = said_in_group(ADDRESSED, **fields)
    assert isinstance(found, InboundMessage)
    assert (found.text, found.overheard) == (text, True)
    assert [(one.code, one.detail) for one in found.remarks] == [("overheard", "Owners")]


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "my washer leaks"},
        {"text": "@parley_bot not marked by Telegram"},
        marked("@parley_bot2 my washer leaks"),
        marked("@other_bot my washer leaks"),
        marked("@parley_bot x") | {"entities": [{"type": "mention", "offset": -9, "length": 11}]},
        marked("@parley_bot x") | {"entities": [{"type": "mention", "offset": "0"}]},
        marked("@x y", "text_mention", user={"id": 1}),
        {"text": "an answer", "reply_to_message": {"message_id": 3, "from": ADA}},
        {
            "text": "in a topic of ours",
            "reply_to_message": {"message_id": 3, "from": BOT, "forum_topic_created": {}},
        },
        {"text": "/weather today"},
        {"text": "/human@other_bot please"},
        {"photo": [FILE]},
    ],
)
def test_in_a_group_where_it_is_addressed_the_bot_hears_nothing_else(
    fields: dict[str, Any],
) -> None:
    assert said_in_group(ADDRESSED, **fields) == []


def test_a_command_to_another_bot_is_never_for_us() -> None:
    assert said_in_group(EVERYWHERE, text="/human@other_bot please") == []


def test_without_our_name_on_it_an_update_of_a_group_names_nobody() -> None:
    assert said_in_group(ADDRESSED, us=None, **marked("@parley_bot my washer leaks")) == []


def test_one_group_may_be_heard_otherwise_than_the_rest() -> None:
    one = TelegramSettings(chats={str(GROUP["id"]): Hear.EVERYTHING})
    rest = TelegramSettings(groups=Hear.EVERYTHING, chats={str(GROUP["id"]): Hear.NOTHING})
    assert len(said_in_group(one, text="it leaks")) == 1
    assert said_in_group(rest, text="it leaks") == []


@pytest.mark.parametrize(
    ("topic", "case_per", "thread"),
    [
        ({}, "asker", "-100200::4711"),
        ({}, "topic", "-100200"),
        ({"message_thread_id": 7, "is_topic_message": True}, "asker", "-100200:7:4711"),
        ({"message_thread_id": 7, "is_topic_message": True}, "topic", "-100200:7"),
        ({"message_thread_id": 7}, "topic", "-100200"),  # answers in a group without topics
    ],
)
def test_a_conversation_in_a_group_is_the_askers_or_the_topics(
    topic: dict[str, Any], case_per: str, thread: str
) -> None:
    settings = TelegramSettings(groups=Hear.EVERYTHING, case_per=CasePer(case_per))
    [found] = said_in_group(settings, text="it leaks", **topic)
    assert isinstance(found, InboundMessage)
    assert (found.thread, found.sender.address) == (thread, "4711")


def test_who_names_the_bot_under_one_picture_means_all_of_the_album() -> None:
    caption = marked("@parley_bot look")
    words = {"caption": caption["text"], "caption_entities": caption["entities"]}
    parts = [update(chat=GROUP, photo=[FILE], media_group_id="g", **more) for more in (words, {})]
    raw = json.dumps({"album": [part | {"us": US} for part in parts]}).encode()
    [found] = parse(raw, ADDRESSED)
    assert isinstance(found, InboundMessage)
    assert (found.text, len(found.attachments)) == ("look", 2)


def test_a_wish_in_a_group_says_that_others_read_along() -> None:
    [asked] = said_in_group(ADDRESSED, text="/cases@parley_bot")
    assert isinstance(asked, CustomerAsked)
    assert (asked.overheard, asked.thread) == (True, "-100200::4711")


def test_a_group_that_became_a_supergroup_has_moved() -> None:
    [moved] = said_in_group(TelegramSettings(), migrate_to_chat_id=-100300)
    assert moved == PlaceMoved(before="-100200", after="-100300")


# The doctor


async def test_the_doctor_names_privacy_mode_where_everything_is_to_be_heard(
    sandbox: TelegramSandbox,
) -> None:
    listening = channel_for(sandbox, groups=Hear.EVERYTHING)
    assert [one.ok for one in await channel_for(sandbox).check()] == [True, True]
    assert [one.ok for one in await channel_for(sandbox, groups=Hear.ADDRESSED).check()][2]
    found = (await listening.check())[2]
    assert (found.ok, "/setprivacy" in found.mend) == (False, True)
    sandbox.world.reads_groups = True
    assert (await listening.check())[2].ok


async def test_a_press_of_another_member_leaves_the_keyboard_to_whom_it_is_for(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    ada, bruno = sandbox.customer(1, "Ada"), sandbox.customer(2, "Bruno")
    group = sandbox.group(-100200, "Owners")
    async with running(sandbox, door, groups=Hear.EVERYTHING) as channel:
        await group.send(ada, "it leaks")
        await door.wait_for(1)
        question = replace(
            HELLO,
            recipient="1",
            thread=f"{group.id}::1",
            choices=(Choice(label="Yes", value="bot:yes"),),
        )
        await channel.send(question, 0)
        [shown] = group.received
        await group.press(bruno, shown.id, "bot:yes")
        [_, press] = await door.wait_for(2)
        [pressed] = channel.parse(press.raw)
        await until(lambda: any(method == "answercallbackquery" for method, _ in sandbox.calls))
    assert isinstance(pressed, ButtonPressed)
    assert pressed.thread == f"{group.id}::2"
    assert shown.buttons


async def test_an_update_of_a_group_waits_until_the_bot_knows_its_own_name(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    group = sandbox.group(-100200, "Owners")
    await group.send(sandbox.customer(1, "Ada"), "@parley_sandbox_bot it leaks")
    sandbox.faults.answer(502, "Bad Gateway", method="getMe", times=3)
    async with running(sandbox, door, groups=Hear.ADDRESSED) as channel:
        [message] = await heard(channel, door, 1)
    assert isinstance(message, InboundMessage)
    assert message.text == "it leaks"
