"""Signed events over HTTP: proved before parsed, committed before answered."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientTimeout, web

from channels.sandbox.door import MemoryDoor
from channels.sandbox.slack import SlackPerson, SlackSandbox
from channels.sandbox.slack.pushes import Pushes, signed
from channels.slack.channel import SlackChannel
from channels.slack.config import Mode
from desk.kit.clock import SystemClock
from desk.kit.errors import ChannelBusy
from desk.ports.messages import ButtonPressed, Choice, InboundMessage
from tests.channels.slack_world import answer, channel_for, settings_for

CLOCK = SystemClock()
JSON = {"Content-Type": "application/json"}
EVENT = b'{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{"type":"team_join"}}'


@dataclass
class HttpWorld:
    """A running channel that Slack calls over HTTP."""

    slack: SlackSandbox
    channel: SlackChannel
    door: MemoryDoor
    ada: SlackPerson
    pushes: Pushes

    async def post(self, body: bytes, headers: dict[str, str] | None = None, age_s: int = 0) -> int:
        """Post `body` signed as Slack would, `age_s` seconds ago; headers may be overridden."""
        at_s = int(CLOCK.now().timestamp()) - age_s
        proof = JSON | signed(self.slack.signing_secret, at_s, body)
        told = proof | (headers or {})
        return await self.pushes.post(body, {k: v for k, v in told.items() if v})


@asynccontextmanager
async def http_world(**changed: Any) -> AsyncIterator[HttpWorld]:
    """Start a sandbox, a web server with the channel's door in it, and the channel."""
    async with SlackSandbox(CLOCK, time_scale=0.0005) as slack:
        channel = channel_for(settings_for(slack, mode=Mode.HTTP, **changed))
        app = web.Application()
        for way in channel.http_doors():
            app.router.add_route(way.method, way.path, way.handler)
        runner = web.AppRunner(app, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        pushes = slack.push_to(f"http://{host}:{port}{channel.events_path}")
        slack.views.trigger_s = 30.0
        pushes.patience = ClientTimeout(total=30)
        door = MemoryDoor(CLOCK)
        ada = slack.person("U1ADA", "Ada Obi")
        async with channel.run(door):
            yield HttpWorld(slack, channel, door, ada, pushes)
        await runner.cleanup()


async def test_an_event_is_answered_200_once_it_is_committed() -> None:
    async with http_world() as world:
        await world.ada.dm("Hello")
        await world.pushes.settled()
        (arrival,) = world.door.arrivals
        (said,) = world.channel.parse(arrival.raw)
        assert isinstance(said, InboundMessage)
        assert (said.text, said.sender.name) == ("Hello", "Ada Obi")
        assert world.pushes.statuses == [200]


async def test_what_was_not_committed_is_brought_again() -> None:
    async with http_world() as world:
        world.door.trouble = ChannelBusy("the disk is full")
        await world.ada.dm("Hello")
        await world.pushes.answered(2)
        world.door.trouble = None
        await world.pushes.settled()
        assert len(world.door.arrivals) == 1
        assert world.pushes.statuses[0] == 503
        assert world.pushes.statuses[-1] == 200


async def test_a_retry_of_a_known_event_is_taken_and_kept_once() -> None:
    async with http_world() as world:
        assert await world.post(EVENT) == 200
        assert await world.post(EVENT, {"X-Slack-Retry-Num": "1"}) == 200
        assert len(world.door.arrivals) == 1


async def test_a_pressed_button_comes_as_a_form() -> None:
    async with http_world() as world:
        await world.ada.dm("Hello")
        (arrival,) = await world.door.wait_for(1)
        (said,) = world.channel.parse(arrival.raw)
        assert isinstance(said, InboundMessage)
        await world.channel.send(answer(said, choices=(Choice(label="Yes", value="y"),)), 0)
        shown = await world.ada.wait_for(lambda each: bool(each.buttons))
        await world.ada.press(shown.ts, "y")
        await world.pushes.settled()
        pressed = world.channel.parse((await world.door.wait_for(3))[-1].raw)
        assert [type(each) for each in pressed] == [ButtonPressed]
        assert pressed[0].thread == said.thread  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "é"},
        {"X-Slack-Signature": "v0=short"},
        {"X-Slack-Request-Timestamp": "abc"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": "١٢٣"},
    ],
)
async def test_a_request_that_is_not_slacks_is_refused_and_not_kept(
    headers: dict[str, str],
) -> None:
    async with http_world() as world:
        assert await world.post(EVENT, headers) == 401
        assert world.door.offered == 0


@pytest.mark.parametrize("age_s", [301 + 5, -301 - 5])
async def test_a_request_off_by_more_than_five_minutes_is_refused(age_s: int) -> None:
    async with http_world() as world:
        assert await world.post(EVENT, age_s=age_s) == 401
        assert await world.post(EVENT, age_s=290 if age_s > 0 else -290) == 200


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[1]", "application/json"),
        (b"null", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"payload=%7B", "application/x-www-form-urlencoded"),
        (b"payload=[]", "application/x-www-form-urlencoded"),
        (b"nothing", "application/x-www-form-urlencoded"),
        (b"\xff=\xff", "application/x-www-form-urlencoded"),
        (b"a=1&" * 100, "application/x-www-form-urlencoded"),
    ],
)
async def test_a_signed_body_that_is_no_payload_is_a_bad_request(
    body: bytes, content_type: str
) -> None:
    async with http_world() as world:
        assert await world.post(body, {"Content-Type": content_type}) == 400
        assert world.door.offered == 0


@pytest.mark.parametrize("content_type", ["application/json; charset=nope", "", "text/plain"])
async def test_an_odd_charset_does_not_matter(content_type: str) -> None:
    async with http_world() as world:
        assert await world.post(EVENT, {"Content-Type": content_type}) == 200


async def test_a_body_over_the_cap_is_refused() -> None:
    async with http_world() as world:
        assert await world.post(b" " * (1024 * 1024 + 1)) == 413


async def test_without_a_secret_only_the_address_check_is_answered() -> None:
    async with http_world(signing_secret="") as world:
        check = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
        assert await world.pushes.post(check, JSON) == 200
        assert await world.post(EVENT) == 401
        assert await world.pushes.post(b"{", JSON) == 401
        assert world.door.offered == 0


async def test_with_a_secret_the_address_check_is_signed_too() -> None:
    async with http_world() as world:
        check = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
        assert await world.pushes.post(check, JSON) == 401
        assert await world.post(check) == 200


async def test_a_secret_that_is_not_there_is_our_trouble_not_slacks() -> None:
    async with http_world(signing_secret="env:NOT_SET_ANYWHERE") as world:
        assert await world.post(EVENT) == 503


async def test_a_closed_inbox_asks_slack_to_come_again() -> None:
    async with http_world() as world:
        world.channel._forget()
        assert await world.post(EVENT) == 503


async def test_a_body_that_is_not_packed_as_it_says_is_refused() -> None:
    async with http_world() as world:
        assert await world.post(EVENT, {"Content-Encoding": "gzip"}) == 400
        assert world.door.arrivals == []
