"""The app's manifest and the doctor, which are made from the same tables."""

import json
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from msgspec import convert

from bot.cli import main
from channels.sandbox.slack.methods import ALL_SCOPES
from channels.slack.config import Mode, SlackSettings
from channels.slack.envelope import Envelope, arrival
from channels.slack.manifest import manifest
from channels.slack.needs import EVENTS, SCOPES
from channels.slack.parse import parse
from tests.channels.slack_world import slack_world
from tests.channels.test_slack_shapes import CASES, payload_of

URL = "https://desk.example.org/inbound/slack/slack"
_KINDS = {"im": "message.im", "channel": "message.channels", "group": "message.groups"}


def made(mode: Mode = Mode.SOCKET) -> dict[str, Any]:
    return manifest(SlackSettings(mode=mode), name="Parley", url=URL)


def test_the_manifest_asks_for_exactly_the_scopes_of_the_doctor() -> None:
    asked = made()["oauth_config"]["scopes"]["bot"]
    assert asked == sorted(scope.name for scope in SCOPES)
    assert set(asked) == ALL_SCOPES  # and the sandbox grants what there is
    assert {event.scope for event in EVENTS} - {""} <= set(asked)


@pytest.mark.parametrize("scope", SCOPES, ids=[scope.name for scope in SCOPES])
async def test_the_doctor_names_each_scope_that_is_missing_and_says_reinstall(scope: Any) -> None:
    async with slack_world() as world:
        world.slack.methods.scopes -= {scope.name}
        (told,) = [
            one for one in await world.channel.check() if scope.name in one.detail + one.what
        ]
        assert told.ok is not scope.is_required
        assert "reinstall" in told.detail + told.mend
        assert scope.without in told.detail


def test_every_event_that_is_understood_is_subscribed_to() -> None:
    subscribed = set(made()["settings"]["event_subscriptions"]["bot_events"])
    for case in CASES:
        raw = arrival(Envelope(kind=case["kind"], payload=payload_of(case))).raw
        settings = convert(case.get("settings", {}), SlackSettings)
        if case["kind"] != "events_api" or not parse(raw, settings):
            continue
        event = case["event"]
        kind = _KINDS.get(event.get("channel_type", ""), "") if event["type"] == "message" else ""
        assert (kind or event["type"]) in {*subscribed, "message"}, case["name"]
    assert set(_KINDS.values()) <= subscribed


def test_a_manifest_for_http_tells_slack_where_to_post() -> None:
    socket, pushed = made(), made(Mode.HTTP)
    assert "request_url" not in json.dumps(socket)
    assert socket["settings"]["socket_mode_enabled"]
    assert not pushed["settings"]["socket_mode_enabled"]
    assert pushed["settings"]["event_subscriptions"]["request_url"] == URL
    assert pushed["settings"]["interactivity"]["request_url"] == URL
    assert pushed["features"]["slash_commands"][0]["url"] == URL


def test_the_names_in_it_are_as_short_as_slack_wants_them() -> None:
    features = manifest(SlackSettings(), name="A very long name of a desk indeed", url=URL)[
        "features"
    ]
    assert len(features["bot_user"]["display_name"]) <= 35
    for one in features["shortcuts"]:
        assert len(one["name"]) <= 24
        assert len(one["description"]) <= 150


def _printed(tmp_path: Any, settings: str, *more: str) -> Any:
    config = tmp_path / "config.yaml"
    config.write_text(f"http: {{public_url: https://desk.example.org}}\ninboxes: {settings}\n")
    return CliRunner().invoke(main, ["--config", str(config), "slack", "manifest", *more])


def test_the_command_prints_it_for_the_inbox_in_its_mode(tmp_path: Any) -> None:
    inbox = "{channel: slack, queue: support, settings: {mode: http}}"
    shown = _printed(tmp_path, f"{{slack: {inbox}}}")
    assert yaml.safe_load(shown.output) == made(Mode.HTTP)
    shown = _printed(tmp_path, f"{{slack: {inbox}}}", "slack", "--json")
    assert json.loads(shown.output) == made(Mode.HTTP)
    assert yaml.safe_load(_printed(tmp_path, "{}").output) == made()


def test_the_command_warns_of_an_address_that_slack_cannot_post_to(tmp_path: Any) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("inboxes: {slack: {channel: slack, settings: {mode: http}}}\n")
    shown = CliRunner().invoke(main, ["--config", str(config), "slack", "manifest"])
    assert shown.exit_code == 0
    assert "Slack cannot post to http://127.0.0.1:8080" in shown.stderr
    assert "http.public_url" in shown.stderr


def test_the_command_asks_which_inbox_is_meant(tmp_path: Any) -> None:
    inbox = "{channel: slack, queue: support}"
    shown = _printed(tmp_path, f"{{one: {inbox}, other: {inbox}}}")
    assert "one, other" in shown.output
    assert "no Slack inbox called" in _printed(tmp_path, f"{{one: {inbox}}}", "nine").output
