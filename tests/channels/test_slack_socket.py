"""Socket Mode: acknowledged after commit, renewed, rebuilt, and quiet at the end."""

import asyncio

from channels.sandbox.slack import Fault
from desk.kit.errors import ChannelBusy
from desk.ports.channel import HealthState
from desk.ports.messages import InboundMessage
from tests.channels.slack_world import SlackWorld, slack_world


def texts(world: SlackWorld) -> list[str]:
    """Return what the desk has, in its order."""
    said = [each for arrival in world.door.arrivals for each in world.channel.parse(arrival.raw)]
    return [each.text for each in said if isinstance(each, InboundMessage)]


async def test_what_was_not_committed_is_not_acknowledged_and_comes_again() -> None:
    async with slack_world() as world:
        world.door.trouble = ChannelBusy("the disk is full")
        await world.ada.dm("Hello")
        await world.slack.sockets.brought_again(1)
        assert world.slack.sockets.acknowledged == []
        world.door.trouble = None
        await world.door.wait_for(1)
        await world.slack.sockets.settled()
        assert len(world.slack.sockets.acknowledged) == 1
        assert texts(world) == ["Hello"]


async def test_the_same_envelope_again_is_the_same_message() -> None:
    async with slack_world() as world:
        world.slack.faults.add("users.info", Fault(wait_s=0.2))  # longer than Slack waits here
        await world.ada.dm("Hello")
        await world.slack.sockets.settled()
        assert world.slack.sockets.redelivered > 0
        await world.door.wait_until(lambda: world.door.offered > 1)
        assert texts(world) == ["Hello"]


async def test_order_is_kept_in_a_burst() -> None:
    async with slack_world() as world:
        for number in range(60):
            await world.ada.dm(str(number))
        await world.door.wait_for(60)
        assert texts(world) == [str(number) for number in range(60)]
        assert {arrival.order_key for arrival in world.door.arrivals} == {"D1ADA"}


async def test_a_cut_connection_is_replaced_and_nothing_is_lost() -> None:
    async with slack_world() as world:
        await world.slack.sockets.until(1)
        for number in range(3):
            await world.ada.dm(f"before {number}")
            await world.slack.sockets.drop()
            await world.ada.dm(f"after {number}")
            await asyncio.wait_for(world.slack.sockets.until(1), 5)
        await world.door.wait_for(6)
        assert sorted(texts(world)) == sorted(
            f"{w} {n}" for w in ("before", "after") for n in range(3)
        )


async def test_a_refresh_opens_the_new_line_before_it_closes_the_old() -> None:
    async with slack_world() as world:
        await world.slack.sockets.until(1)
        await world.slack.sockets.refresh()
        await asyncio.wait_for(world.slack.sockets.until(2), 5)
        await asyncio.wait_for(world.slack.sockets.until(1), 5)
        await world.written("still here")


async def test_fifty_reconnects_leave_one_live_connection_and_no_tasks() -> None:
    async with slack_world() as world:
        await world.slack.sockets.until(1)
        await world.written()
        before = len(asyncio.all_tasks())
        for _ in range(50):
            await world.slack.sockets.refresh()
            await world.slack.sockets.until(2)
            await world.slack.sockets.until(1)
        await world.written("still here")
        await asyncio.sleep(0)
        assert world.slack.sockets.opened == 51
        assert len(asyncio.all_tasks()) <= before + 1


async def test_two_connections_share_the_events_and_lose_none() -> None:
    async with slack_world(connections=2) as world:
        await world.slack.sockets.until(2)
        world.slack.sockets.spread = True
        for number in range(30):
            await world.ada.dm(str(number))
        await world.door.wait_for(30)
        assert sorted(map(int, texts(world))) == list(range(30))


async def test_a_refused_app_token_is_told_and_tried_again() -> None:
    async with slack_world(app_token="plain:xapp-wrong") as world:
        await world.door.wait_until(lambda: world.door.health is HealthState.BROKEN)
        assert "token" in world.door.healths[-1].detail


async def test_without_an_app_token_no_connection_is_asked_for() -> None:
    async with slack_world(app_token="") as world:
        await world.door.wait_until(lambda: world.door.health is HealthState.BROKEN)
        assert "set app_token" in world.door.healths[-1].detail
        await world.channel.check()
        assert "apps.connections.open" not in [method for method, _ in world.slack.calls]


async def test_slack_being_away_is_trouble_that_passes() -> None:
    async with slack_world(app_token="env:NOT_SET_ANYWHERE") as world:
        await world.door.wait_until(lambda: world.door.health is HealthState.BROKEN)
        assert "NOT_SET_ANYWHERE" in world.door.healths[-1].detail
    async with slack_world() as world:
        await world.slack.sockets.until(1)
        world.slack.fail("apps.connections.open", Fault(status=503), times=3)
        await world.slack.sockets.drop()
        await world.door.wait_until(lambda: world.door.health is HealthState.TROUBLED)
        await world.door.wait_until(lambda: world.door.health is HealthState.CONNECTED)


async def test_a_working_socket_does_not_cover_up_a_refused_bot_token() -> None:
    async with slack_world(bot_token="plain:xoxb-wrong") as world:
        await world.slack.sockets.until(1)
        await world.door.wait_until(lambda: world.door.health is HealthState.BROKEN)
        await world.written("comes in all the same")
        assert world.door.health is HealthState.BROKEN
