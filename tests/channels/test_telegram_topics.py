"""A topic for each case in private chats: made once, whatever fails; real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from channels.sandbox.door import MemoryDoor
from channels.sandbox.telegram import Phone, TelegramSandbox
from channels.telegram.channel import TelegramChannel
from channels.telegram.parse import parse
from desk.kit.errors import ChannelBusy, DeskError
from desk.ports.inbound import ThreadOpened
from desk.ports.messages import InboundMessage
from tests.channels.telegram_desk import (
    ADA,
    HELLO,
    channel_for,
    door,
    running,
    sandbox,
    writing_to_ada,
)
from tests.channels.test_telegram_parse import PRIVATE, update

__all__ = ["door", "sandbox"]
CHAIR = replace(HELLO, subject="A wobbly chair")
LAMP = replace(HELLO, id="m2", case_id=2, case_number=1043, message_id=8, subject="🪔" * 200)
AGAIN = replace(CHAIR, id="m3", message_id=9, text="And a leg")


@pytest.fixture
async def ada(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> AsyncIterator[tuple[TelegramChannel, Phone]]:
    sandbox.world.has_topics = True
    async with writing_to_ada(sandbox, door) as both:
        yield both


def made(sandbox: TelegramSandbox) -> int:
    return sum(method == "createforumtopic" for method, _ in sandbox.calls)


async def test_each_case_has_a_topic_called_after_it(
    sandbox: TelegramSandbox, door: MemoryDoor, ada: tuple[TelegramChannel, Phone]
) -> None:
    channel, phone = ada
    asked = f"{ADA}:{phone.messages[0].id}"
    await channel.send(replace(CHAIR, in_reply_to=asked), 0)
    await channel.send(LAMP, 0)
    await channel.send(AGAIN, 0)
    chair, lamp = phone.topics
    assert phone.topics[chair].name == "#1042 A wobbly chair"
    assert phone.topics[lamp].name.startswith("#1043 🪔🪔")
    assert len(phone.topics[lamp].name) == 128
    assert [(shown.text, shown.topic, shown.reply_to) for shown in phone.received] == [
        ("Hello Ada", chair, None),  # what it answers stands outside of the topic
        ("Hello Ada", lamp, None),
        ("And a leg", chair, None),
    ]
    told = [one for arrival in door.arrivals[1:] for one in channel.parse(arrival.raw)]
    assert told == [
        ThreadOpened(thread=f"{ADA}:{chair}", message_id=7),
        ThreadOpened(thread=f"{ADA}:{lamp}", message_id=8),
    ]
    assert str(ADA) not in " ".join(key for key in door.state if key.startswith("topic:"))


async def test_a_message_to_a_topic_of_the_customers_own_goes_there(
    sandbox: TelegramSandbox, ada: tuple[TelegramChannel, Phone]
) -> None:
    channel, phone = ada
    await channel.send(CHAIR, 0)
    [topic] = phone.topics
    wrote = await phone.send("in the topic", topic=topic)
    answer = replace(AGAIN, thread=f"{ADA}:{topic}", in_reply_to=f"{ADA}:{wrote.id}")
    await channel.send(answer, 0)
    assert (phone.received[-1].topic, phone.received[-1].reply_to) == (topic, wrote.id)
    assert made(sandbox) == 1


@pytest.mark.parametrize("how", ["drop", "garble"])
async def test_a_topic_that_may_or_may_not_have_been_made_is_never_made_twice(
    sandbox: TelegramSandbox, door: MemoryDoor, ada: tuple[TelegramChannel, Phone], how: str
) -> None:
    channel, phone = ada
    if how == "drop":
        sandbox.faults.drop(method="createForumTopic", processed=True)
    else:
        sandbox.faults.garble(method="createForumTopic")
    await channel.send(CHAIR, 0)
    await channel.send(AGAIN, 0)
    assert (made(sandbox), len(phone.topics)) == (1, 1)
    assert [shown.topic for shown in phone.received] == [None, None]
    await channel.send(LAMP, 0)
    assert phone.received[-1].topic is not None


async def test_a_crash_while_a_topic_is_made_leaves_the_case_without_one(
    sandbox: TelegramSandbox, door: MemoryDoor, ada: tuple[TelegramChannel, Phone]
) -> None:
    channel, phone = ada
    sandbox.faults.slow(0.5, method="createForumTopic")
    dying = asyncio.create_task(channel.send(CHAIR, 0))
    while not made(sandbox):  # noqa: ASYNC110 - the sandbox rings no bell for calls
        await asyncio.sleep(0.01)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    async with running(sandbox, door) as after:
        await after.send(CHAIR, 0)
    assert made(sandbox) == 1
    assert [shown.topic for shown in phone.received] == [None]


async def test_a_topic_made_while_the_database_was_away_is_kept_when_it_is_back(
    sandbox: TelegramSandbox, door: MemoryDoor, ada: tuple[TelegramChannel, Phone]
) -> None:
    channel, phone = ada
    sandbox.faults.slow(0.3, method="createForumTopic")
    sending = asyncio.create_task(channel.send(CHAIR, 0))
    while not made(sandbox):  # noqa: ASYNC110 - the sandbox rings no bell for calls
        await asyncio.sleep(0.01)
    door.trouble = ChannelBusy("the database is away")
    with pytest.raises(ChannelBusy):
        await sending
    door.trouble = None
    await channel.send(CHAIR, 0)
    [topic] = phone.topics
    assert [shown.topic for shown in phone.received] == [topic]
    assert made(sandbox) == 1


@pytest.mark.parametrize(
    ("code", "words", "busy"),
    [
        (502, "Bad Gateway", True),
        (400, "Bad Request: the chat is not a forum", False),
        (400, "Bad Request: not enough rights to create a topic", False),
    ],
)
async def test_what_refuses_a_topic_does_not_refuse_the_message(
    sandbox: TelegramSandbox, ada: tuple[TelegramChannel, Phone], code: int, words: str, busy: bool
) -> None:
    channel, phone = ada
    sandbox.faults.answer(code, words, method="createForumTopic")
    if busy:  # nothing was made: all of it is tried again
        with pytest.raises(ChannelBusy):
            await channel.send(CHAIR, 0)
        assert phone.received == []
    await channel.send(CHAIR, 0)
    assert [shown.topic is not None for shown in phone.received] == [busy]


async def test_a_deleted_topic_is_made_anew_once_and_then_no_more(
    sandbox: TelegramSandbox, door: MemoryDoor, ada: tuple[TelegramChannel, Phone]
) -> None:
    channel, phone = ada
    await channel.send(CHAIR, 0)
    first = next(iter(phone.topics))
    for _ in range(2):
        phone.topics.clear()
        await channel.send(AGAIN, 0)
    await channel.send(replace(AGAIN, thread=f"{ADA}:{first}"), 0)
    topics = [shown.topic for shown in phone.received]
    assert topics[0] == first
    assert topics[1] not in (None, first)
    assert topics[2:] == [None, None]
    assert made(sandbox) == 2


@pytest.mark.parametrize("settings", [{"topics": False}, {}])
async def test_without_topics_all_is_as_before(
    sandbox: TelegramSandbox, door: MemoryDoor, settings: dict[str, bool]
) -> None:
    sandbox.world.has_topics = bool(settings)
    ada = sandbox.customer(ADA, "Ada")
    async with running(sandbox, door, **settings) as channel:
        await ada.send("hello")
        await channel.send(CHAIR, 0)
    assert [shown.topic for shown in ada.received] == [None]
    assert made(sandbox) == 0


async def test_a_message_before_the_inbox_is_open_makes_no_topic(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> None:
    sandbox.world.has_topics = True
    ada = sandbox.customer(ADA, "Ada")
    await ada.send("hello")
    channel = channel_for(sandbox)
    await channel.send(CHAIR, 0)
    async with channel.run(door):  # closes what was opened
        assert made(sandbox) == 0


@pytest.mark.parametrize(
    ("opening", "number"),
    [
        ({"from": {"id": 1, "is_bot": True}, "forum_topic_created": {"name": "#1042 Chair"}}, 1042),
        ({"from": {"id": 1, "is_bot": True}, "forum_topic_created": {"name": "✅ #1042 C"}}, 1042),
        ({"from": {"id": 2}, "forum_topic_created": {"name": "#1042 Chair"}}, None),
        ({"from": {"id": 1, "is_bot": True}, "forum_topic_created": {"name": "Chair"}}, None),
        ({"from": {"id": 1, "is_bot": True}, "forum_topic_created": {}}, None),
        ({"from": {"id": 1, "is_bot": True}}, None),
    ],
)
def test_a_topic_of_ours_that_the_desk_does_not_know_still_names_its_case(
    opening: dict[str, object], number: int | None
) -> None:
    told = update(text="hi", reply_to_message={"message_id": 3, **opening})
    [found] = parse(json.dumps(told).encode(), PRIVATE)
    assert isinstance(found, InboundMessage)
    assert found.mentions_number == number


@pytest.mark.parametrize("raw", [b'{"topic": 7}', b'{"topic": {"thread": 1, "message": 2}}'])
def test_a_topic_of_no_shape_of_ours_is_unreadable(raw: bytes) -> None:
    with pytest.raises(DeskError, match="not an update"):
        parse(raw, PRIVATE)


def test_an_update_that_only_looks_like_our_own_word_is_none() -> None:
    raw = b'{"update_id": 1, "topic": {"thread": "1", "message": 2}}'
    assert parse(raw, PRIVATE) == []


async def test_a_topic_is_renamed_only_if_it_is_ours_and_once_more_is_the_same(
    sandbox: TelegramSandbox, ada: tuple[TelegramChannel, Phone]
) -> None:
    channel, phone = ada
    await channel.title(CHAIR, done=True)  # there is none yet
    await channel.send(CHAIR, 0)
    [topic] = phone.topics
    for done, name in ((True, "✅ #1042 A wobbly chair"), (False, "#1042 A wobbly chair")):
        await channel.title(replace(CHAIR, thread=f"{ADA}:{topic}"), done=done)
        await channel.title(CHAIR, done=done)
        assert phone.topics[topic].name == name
    phone.topics.clear()
    with pytest.raises(DeskError, match="thread not found"):
        await channel.title(CHAIR, done=True)
