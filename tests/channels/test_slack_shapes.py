"""One payload of every kind Slack documents: each is answered 200, stored, and says what it should.

A payload of the Events API goes over HTTP too, signed, for a kind that is not answered 2xx makes
Slack switch the subscription off.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import convert

from channels.sandbox.slack.pushes import encoded
from channels.slack.config import SlackSettings
from channels.slack.envelope import Envelope, Us, arrival
from channels.slack.parse import parse
from desk.ports.inbound import HomeOpened, Inbound
from desk.ports.messages import (
    ButtonPressed,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    MessageReacted,
)
from tests.channels.test_slack_http import http_world

CASES = json.loads((Path(__file__).parents[1] / "data/slack/payloads.json").read_text())["cases"]
OUTCOMES: dict[str, type[Inbound]] = {
    "message": InboundMessage,
    "edited": MessageEdited,
    "deleted": MessageDeleted,
    "pressed": ButtonPressed,
    "reacted": MessageReacted,
    "home": HomeOpened,
}


def payload_of(case: dict[str, Any]) -> dict[str, Any]:
    """Return the whole payload, as Slack would send it."""
    if "payload" in case:
        return dict(case["payload"])
    seat = {"enterprise_id": None, "team_id": "T1", "user_id": "U0BOT", "is_bot": True}
    return {
        "token": "deprecated",
        "team_id": "T1",
        "context_team_id": "T1",
        "context_enterprise_id": None,
        "api_app_id": "A1",
        "event": case["event"],
        "type": "event_callback",
        "event_id": f"Ev{CASES.index(case):06}",
        "event_time": 1760000000,
        "authorizations": [{**seat, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": "4-ey",
    }


@pytest.mark.parametrize("us", [Us(team="T1", person="U0BOT", bot="B0BOT"), Us()], ids=["us", "?"])
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_payload_says_what_it_should(case: dict[str, Any], us: Us) -> None:
    kept = arrival(Envelope(kind=case["kind"], payload=payload_of(case), us=us))
    said = parse(kept.raw, convert(case.get("settings", {}), SlackSettings))
    if case["outcome"] == "nothing":
        assert list(said) == []
        return
    [one] = said
    assert isinstance(one, OUTCOMES[case["outcome"]])
    if "text" in case:
        told = one.value if isinstance(one, ButtonPressed) else getattr(one, "text", "")
        assert told == case["text"]
    if isinstance(one, InboundMessage):
        names = [file.name for file in one.attachments]
        assert names == case.get("files", names)
        assert "\x00" not in one.text


async def test_every_kind_is_answered_200_and_stored() -> None:
    async with http_world(name_wait_s=0.0) as world:
        for case in CASES:
            body, mime = encoded(case["kind"], payload_of(case))
            assert await world.post(body, {"Content-Type": mime}) == 200, case["name"]
        assert world.door.offered == len(CASES)


def test_what_is_nested_too_deeply_is_still_taken() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"event": deep}
    assert arrival(Envelope(kind="events_api", payload=deep)).dedupe_key.startswith("raw:")
