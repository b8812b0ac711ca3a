"""Slack from the customer to the desk and back, over real sockets."""

import asyncio

import pytest

from channels.sandbox.slack import PersonFile
from channels.slack.config import Mode, SlackSettings
from desk.kit.errors import ChannelBusy, Undeliverable
from desk.ports.channel import Channel, HealthState
from desk.ports.messages import (
    ButtonPressed,
    Choice,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    OutboundFile,
)
from desk.ports.optional import FetchesFiles, HasHttpDoors, ShowsTyping
from tests.channels.slack_world import answer, channel_for, send_all, slack_world


async def test_a_direct_message_is_answered_in_its_own_thread() -> None:
    async with slack_world() as world:
        said = await world.written("My order *1042* is late")
        assert said.sender.name == "Ada Obi"
        assert said.sender.email == "ada@example.org"
        assert said.context == {"space": "T0PARLEY:D1ADA", "join_minutes": "30"}
        (sent,) = await send_all(world, answer(said, "It leaves **today**"))
        shown = await world.ada.wait_for(lambda each: each.from_app)
        assert (shown.name, shown.text) == ("Alice", "It leaves today")
        assert sent == f"D1ADA:{shown.ts}"
        assert said.external_id == f"D1ADA:{shown.thread_ts}"


async def test_a_reply_in_the_thread_belongs_to_the_same_conversation() -> None:
    async with slack_world() as world:
        first = await world.written()
        ts = first.external_id.partition(":")[2]
        await world.ada.dm("One thing more", thread_ts=ts)
        reply = (await world.heard(2))[1]
        assert isinstance(reply, InboundMessage)
        assert reply.thread == first.thread
        assert reply.in_reply_to == (first.external_id,)
        assert not reply.wants_new_case


async def test_edits_and_deletions_reach_the_desk_but_unfurled_links_do_not() -> None:
    async with slack_world() as world:
        ts = await world.ada.dm("See <https://example.org>")
        room = world.slack.workspace.conversations["D1ADA"]
        message = room.messages[0]
        unfurled = {**message, "attachments": [{"title": "Example"}]}
        world.slack.events.changed(room, message, unfurled)
        await world.ada.edit(ts, "See https://example.com")
        await world.ada.delete(ts)
        said = await world.heard(4)
        assert [type(each) for each in said] == [InboundMessage, MessageEdited, MessageDeleted]
        assert isinstance(said[1], MessageEdited)
        assert said[1].text == "See https://example.com"
        assert {getattr(each, "external_id", "") for each in said} == {f"D1ADA:{ts}"}


async def test_our_own_messages_never_come_back() -> None:
    async with slack_world() as world:
        said = await world.written()
        file = OutboundFile(
            name="a.pdf",
            mime="application/pdf",
            size_bytes=3,
            blob=await world.door.blobs.put(b"abc"),
        )
        await send_all(world, answer(said, attachments=(file,)))
        assert await world.heard(3) == [said]


async def test_a_button_comes_back_with_its_value() -> None:
    async with slack_world() as world:
        said = await world.written()
        choices = (Choice(label="Good", value="rate:5"), Choice(label="Bad", value="rate:1"))
        (sent,) = await send_all(world, answer(said, "How was it?", choices=choices))
        shown = await world.ada.wait_for(lambda each: bool(each.buttons))
        assert [button.label for button in shown.buttons] == ["Good", "Bad"]
        await world.ada.press(shown.ts, "rate:1")
        pressed = (await world.heard(3))[-1]
        assert isinstance(pressed, ButtonPressed)
        assert (pressed.value, pressed.source_external_id) == ("rate:1", sent)
        assert (pressed.sender.address, pressed.thread) == (said.sender.address, said.thread)


@pytest.mark.parametrize("hidden", [False, True])
async def test_files_travel_both_ways(hidden: bool) -> None:
    async with slack_world() as world:
        await world.ada.dm("", file=PersonFile(name="é.txt", content=b"in", hidden=hidden))
        (said,) = await world.heard(1)
        assert isinstance(said, InboundMessage)
        raw, (attached,) = world.door.arrivals[0].raw, said.attachments
        assert attached.name == ("file" if hidden else "é.txt")
        assert await world.channel.fetch(raw, attached) == b"in"
        key = await world.door.blobs.put(b"out")
        file = OutboundFile(name="bill.pdf", mime="application/pdf", size_bytes=3, blob=key)
        await send_all(world, answer(said, attachments=(file,)))
        shown = await world.ada.wait_for(lambda each: each.from_app and bool(each.files))
        assert world.ada.file(shown.files[0].id).content == b"out"
        assert (shown.files[0].name, shown.thread_ts) == ("bill.pdf", world.ada.messages()[0].ts)


async def test_a_sign_in_page_is_not_taken_for_the_file() -> None:
    async with slack_world() as world:
        await world.ada.dm("", file=PersonFile(name="a.txt", content=b"in"))
        (said,) = await world.heard(1)
        assert isinstance(said, InboundMessage)
        world.slack.revoked = True
        with pytest.raises(Undeliverable, match="sign-in"):
            await world.channel.fetch(world.door.arrivals[0].raw, said.attachments[0])


async def test_the_token_is_never_sent_to_another_host() -> None:
    async with slack_world() as world:
        await world.ada.dm("", file=PersonFile(name="a.txt", content=b"in"))
        (said,) = await world.heard(1)
        assert isinstance(said, InboundMessage)
        raw = world.door.arrivals[0].raw.replace(b"http://127.0.0.1", b"https://slack.com.evil")
        with pytest.raises(Undeliverable, match="outside"):
            await world.channel.fetch(raw, said.attachments[0])


async def test_a_file_over_the_limit_is_refused_unread() -> None:
    async with slack_world(file_limit_bytes=1) as world:
        await world.ada.dm("", file=PersonFile(name="a.txt", content=b"in"))
        (said,) = await world.heard(1)
        assert isinstance(said, InboundMessage)
        with pytest.raises(Undeliverable, match="larger"):
            await world.channel.fetch(world.door.arrivals[0].raw, said.attachments[0])


async def test_a_mention_is_one_message_though_slack_sends_it_twice() -> None:
    async with slack_world() as world:
        world.slack.channel("C1HELP", "help")
        await world.ada.post("C1HELP", "chatter among colleagues")
        ts = await world.ada.post("C1HELP", "<@U0PARLEY> please help")
        await world.slack.sockets.settled()
        said = await world.heard(2)
        assert [getattr(each, "external_id", "") for each in said] == [f"C1HELP:{ts}"]
        assert len(world.door.arrivals) == 2


async def test_a_name_that_is_slow_to_come_does_not_hold_up_the_message() -> None:
    async with slack_world(name_wait_s=0.0) as world:
        first = await world.written()
        assert (first.sender.address, first.sender.name) == ("T0PARLEY:U1ADA", None)
        await world.door.wait_until(lambda: "person:T0PARLEY:U1ADA" in world.door.state)
        assert (await world.written()).sender.name == "Ada Obi"


async def test_what_is_not_running_sends_nothing() -> None:
    async with slack_world() as world:
        said = await world.written()
    with pytest.raises(ChannelBusy):
        await world.channel.send(answer(said), 0)
    assert world.door.health is HealthState.STOPPED


async def test_nothing_is_left_running_after_the_end() -> None:
    before = asyncio.all_tasks()
    async with slack_world(connections=2) as world:
        await world.slack.sockets.until(2)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


def test_it_fulfils_the_ports() -> None:
    channel: Channel = channel_for(SlackSettings())
    assert isinstance(channel, FetchesFiles)
    assert isinstance(channel, HasHttpDoors)
    assert not isinstance(channel, ShowsTyping)  # Slack has that for assistants alone


async def test_a_token_revoked_and_given_back_is_told_while_the_socket_lives_on() -> None:
    async with slack_world(look_every_s=0.05) as world:
        await world.door.wait_until(lambda: world.door.health is HealthState.CONNECTED)
        world.slack.revoked = True
        await world.door.wait_until(lambda: world.door.health is HealthState.BROKEN)
        assert "install it again" in world.door.healths[-1].detail
        world.slack.revoked = False
        await world.door.wait_until(lambda: world.door.health is HealthState.CONNECTED)


@pytest.mark.parametrize(
    ("mode", "setting"),
    [(Mode.SOCKET, "app_token"), (Mode.SOCKET, "bot_token"), (Mode.HTTP, "signing_secret")],
)
async def test_a_secret_that_is_not_set_is_named(mode: Mode, setting: str) -> None:
    async with slack_world(mode=mode, **{setting: ""}) as world:
        await world.door.wait_until(
            lambda: (
                any(f"set {setting}." in health.detail for health in world.door.healths)
                or any("There is no token" in health.detail for health in world.door.healths)
            )
        )
        assert world.door.health is HealthState.BROKEN
