"""What Slack does not bring by itself: a gap's messages, the words under an emoji, bad news."""

from datetime import timedelta
from typing import Any

import pytest

from channels.sandbox.door import MemoryDoor
from channels.sandbox.slack import SlackPerson, SlackSandbox
from channels.sandbox.slack.faults import Fault
from channels.slack.catchup import LISTENED
from channels.slack.config import Watch
from desk.kit.clock import SystemClock
from desk.ports.channel import HealthState
from desk.ports.inbound import Inbound
from desk.ports.messages import InboundMessage, MessageReacted
from tests.channels.slack_world import SlackWorld, answer, channel_for, settings_for, slack_world

CLOCK = SystemClock()


def texts(world: SlackWorld) -> list[str]:
    """Return what all arrivals say, as texts, in their order."""
    said = [one for each in world.door.arrivals for one in world.channel.parse(each.raw)]
    return [one.text for one in said if isinstance(one, InboundMessage)]


def ago(minutes: int) -> bytes:
    return (CLOCK.now() - timedelta(minutes=minutes)).isoformat().encode()


async def away(world: SlackWorld, minutes: int = 10) -> None:
    """Let the desk have been away for so long: what the sandbox told until now is lost."""
    world.door.state[LISTENED] = ago(minutes)


class Gone:
    """A Slack in which things were said while no desk was there."""

    def __init__(self, slack: SlackSandbox) -> None:
        self.slack = slack
        self.ada: SlackPerson = slack.person("U1ADA", "Ada Obi")


async def caught_up(slack: SlackSandbox, minutes: int, **changed: Any) -> list[Inbound]:
    """Run a channel that last listened so long ago, until it has caught up; what it heard."""
    slack.sockets._waiting.clear()  # as after more than Slack's last try
    channel = channel_for(settings_for(slack, look_every_s=0.02, **changed))
    door = MemoryDoor(CLOCK)
    before = ago(minutes)
    door.state[LISTENED] = before
    async with channel.run(door):
        await door.wait_until(lambda: door.state[LISTENED] != before)
    return [one for each in door.arrivals for one in channel.parse(each.raw)]


async def test_what_was_said_in_a_gap_is_read_afterwards() -> None:
    async with SlackSandbox(CLOCK) as slack:
        gone = Gone(slack)
        slack.channel("C1HELP", "help")
        asked = await gone.ada.dm("Where is my lamp?")
        await gone.ada.dm("Hello?", thread_ts=asked)
        await gone.ada.post("C1HELP", "<@U0PARLEY> anybody?")
        await gone.ada.post("C1HELP", "chatter")
        said = await caught_up(slack, 10)
        found = [one for one in said if isinstance(one, InboundMessage)]
        assert [one.text for one in found] == ["Where is my lamp?", "Hello?", "@U0PARLEY anybody?"]
        assert found[1].thread == found[0].thread


async def test_what_came_before_the_gap_is_not_read_again() -> None:
    async with SlackSandbox(CLOCK) as slack:
        await Gone(slack).ada.dm("Where is my lamp?")
        assert await caught_up(slack, 0) == []
        await slack.person("U2DORA", "Dora").dm("And mine?")
        assert [type(one) for one in await caught_up(slack, 10)] == [InboundMessage] * 2


async def test_what_is_there_already_is_not_doubled_by_reading_it() -> None:
    async with slack_world(look_every_s=0.02) as world:
        await world.ada.dm("Where is my lamp?")
        await world.heard(1)
        await away(world)
        await world.door.wait_until(lambda: world.door.offered >= 2)
        assert texts(world) == ["Where is my lamp?"]


async def test_an_app_that_may_not_read_catches_up_on_nothing_and_goes_on() -> None:
    async with SlackSandbox(CLOCK) as slack:
        await Gone(slack).ada.dm("Where is my lamp?")
        slack.methods.scopes -= {"im:read"}
        assert await caught_up(slack, 10) == []


async def test_where_slack_limits_the_reading_it_waits_its_turn() -> None:
    async with SlackSandbox(CLOCK) as slack:
        await Gone(slack).ada.dm("Where is my lamp?")
        slack.fail("conversations.history", Fault(retry_after_s=1))
        assert len(await caught_up(slack, 10)) == 1


async def test_an_emoji_makes_a_case_of_a_message_of_colleagues() -> None:
    async with slack_world(watch=Watch.EMOJI) as world:
        world.slack.channel("C1HELP", "help")
        dora = world.slack.person("U2DORA", "Dora Lind")
        asked = await dora.post("C1HELP", "The <@U0PARLEY> lamp flickers")
        await world.ada.post("C1HELP", "chatter")
        await world.ada.react(asked, "ticket")
        await world.ada.react(asked, "ticket", on=False)
        await world.ada.react(asked, "ticket")
        await world.ada.react(asked, "eyes")
        await world.slack.sockets.settled()
        said = [one for each in world.door.arrivals for one in world.channel.parse(each.raw)]
        (message,) = [one for one in said if isinstance(one, InboundMessage)]
        assert (message.sender.address, message.opens_case) == ("T0PARLEY:U2DORA", True)
        assert message.sender.name == "Dora Lind"
        assert message.external_id == f"C1HELP:{asked}"
        assert message.thread == f"T0PARLEY:C1HELP:{asked}"
        assert len([one for one in said if isinstance(one, MessageReacted)]) == 4


async def test_an_emoji_on_a_reply_makes_a_case_of_its_thread() -> None:
    async with slack_world() as world:
        world.slack.channel("C1HELP", "help")
        asked = await world.ada.post("C1HELP", "Morning all")
        reply = await world.ada.post("C1HELP", "The lamp flickers", thread_ts=asked)
        await world.ada.react(reply, "ticket")
        await world.slack.sockets.settled()
        said = [one for each in world.door.arrivals for one in world.channel.parse(each.raw)]
        (message,) = [one for one in said if getattr(one, "opens_case", False)]
        assert isinstance(message, InboundMessage)
        assert (message.text, message.thread) == ("The lamp flickers", f"T0PARLEY:C1HELP:{asked}")


@pytest.mark.parametrize(
    ("settings", "emoji"),
    [({"watch": Watch.NOBODY}, "ticket"), ({"case_emoji": "sos"}, "ticket")],
    ids=["nobody", "another"],
)
async def test_other_emoji_and_channels_nobody_watches_make_none(
    settings: dict[str, Any], emoji: str
) -> None:
    async with slack_world(**settings) as world:
        world.slack.channel("C1HELP", "help")
        asked = await world.ada.post("C1HELP", "The lamp flickers")
        await world.ada.react(asked, emoji)
        await world.slack.sockets.settled()
        assert texts(world) == []


async def test_an_emoji_whose_message_slack_does_not_show_now_is_brought_again() -> None:
    async with slack_world() as world:
        world.slack.channel("C1HELP", "help")
        asked = await world.ada.post("C1HELP", "The lamp flickers")
        world.slack.fail("conversations.history", Fault(status=503))
        await world.ada.react(asked, "ticket")
        await world.slack.sockets.settled()
        assert world.slack.sockets.redelivered >= 1
        assert texts(world) == ["The lamp flickers"]


async def test_an_emoji_that_slack_cannot_explain_now_holds_up_nothing_beside_it() -> None:
    async with SlackSandbox(CLOCK) as slack:
        ada = slack.person("U1ADA", "Ada Obi")
        slack.channel("C1HELP", "help")
        asked = await ada.post("C1HELP", "The lamp flickers")
        await ada.react(asked, "ticket")
        await ada.dm("Where is my lamp?")
        slack.fail("conversations.history", Fault(status=503))
        channel = channel_for(settings_for(slack))
        async with channel.run(MemoryDoor(CLOCK)):  # what waits there comes in one batch
            await slack.sockets.settled()
        events = [payload["event"] for payload in slack.sockets.acknowledged]
        *_, last = [event for event in events if event["type"] in ("message", "reaction_added")]
        assert last["type"] == "reaction_added"


async def test_an_emoji_on_a_message_the_app_may_not_read_holds_up_nothing() -> None:
    async with slack_world() as world:
        world.slack.channel("C1HELP", "help")
        asked = await world.ada.post("C1HELP", "The lamp flickers")
        for method in ("conversations.history", "conversations.replies"):
            world.slack.fail(method, Fault(error="missing_scope"))
        await world.ada.react(asked, "ticket")
        await world.slack.sockets.settled()
        assert texts(world) == []


@pytest.mark.parametrize("event", ["tokens_revoked", "app_uninstalled"])
async def test_an_app_that_is_removed_is_told_at_once(event: str) -> None:
    async with slack_world(look_every_s=600.0) as world:
        await world.door.wait_until(lambda: world.door.health is HealthState.CONNECTED)
        world.slack.revoked = True
        world.slack.events.tell({"type": event})
        await world.door.wait_until(lambda: world.door.health is HealthState.BROKEN)


async def test_events_that_slack_leaves_out_are_told() -> None:
    async with slack_world() as world:
        await world.door.wait_until(lambda: world.door.health is HealthState.CONNECTED)
        limited = {"type": "app_rate_limited", "team_id": "T0PARLEY", "minute_rate_limited": 1}
        world.slack.sockets.carry("events_api", limited)
        await world.door.wait_until(lambda: world.door.health is HealthState.TROUBLED)
        assert "events" in world.door.healths[-1].detail


async def test_no_answer_goes_out_twice_for_a_message_read_after_a_gap() -> None:
    async with slack_world(look_every_s=0.02) as world:
        said = await world.written()
        await world.channel.send(answer(said), 0)
        await away(world)
        await world.door.wait_until(lambda: world.door.state[LISTENED] > ago(5))
        assert texts(world) == ["Hello"]  # what we wrote ourselves was read too, and is no word
