"""One update of every kind Telegram documents: each is stored, and says what it should."""

import json
from pathlib import Path
from typing import Any

import pytest

from channels.sandbox.door import MemoryDoor
from channels.telegram.config import Hear, TelegramSettings
from channels.telegram.ingress import Ingress
from channels.telegram.parse import parse
from desk.kit.clock import SystemClock
from desk.ports.inbound import CustomerAsked, Inbound, PlaceLost, PlaceMoved, ReachabilityChanged
from desk.ports.messages import ButtonPressed, InboundMessage, MessageEdited, MessageReacted

CASES = json.loads((Path(__file__).parents[1] / "data/telegram/updates.json").read_text())["cases"]
EVERYWHERE = TelegramSettings(groups=Hear.EVERYTHING)
OUTCOMES: dict[str, type[Inbound]] = {
    "message": InboundMessage,
    "asked": CustomerAsked,
    "edited": MessageEdited,
    "lost": PlaceLost,
    "moved": PlaceMoved,
    "pressed": ButtonPressed,
    "reacted": MessageReacted,
    "reachability": ReachabilityChanged,
}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_update_says_what_it_should(case: dict[str, Any]) -> None:
    said = parse(
        json.dumps(case["update"]).encode(),
        EVERYWHERE if case.get("groups") else TelegramSettings(),
    )
    if case["outcome"] == "nothing":
        assert said == []
        return
    [one] = said
    assert isinstance(one, OUTCOMES[case["outcome"]])
    if "text" in case:
        assert (one.value if isinstance(one, ButtonPressed) else getattr(one, "text", "")) == (
            case["text"]
        )
    if isinstance(one, InboundMessage):
        assert one.opens_case is case.get("opens", True)
        assert [file.name for file in one.attachments] == case.get(
            "files", [file.name for file in one.attachments]
        )


async def test_every_kind_of_update_is_stored_once() -> None:
    door = MemoryDoor(SystemClock())

    async def who() -> dict[str, Any]:
        return {"id": 110201543, "username": "parley_bot"}

    ingress = Ingress(
        door,
        "110201543",
        who=who,
        album_wait_s=0.1,
        on_press=lambda press: None,
        on_asked=lambda one: None,
    )
    updates = [case["update"] for case in CASES]
    await ingress.take(updates)
    await ingress.take(updates)
    assert len(door.arrivals) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_names_from_outside_are_one_line_that_reads_as_it_is_written(case: dict[str, Any]) -> None:
    for one in parse(json.dumps(case["update"]).encode(), EVERYWHERE):
        if isinstance(one, InboundMessage):
            names = [one.sender.name or "", *(file.name for file in one.attachments)]
            assert not any(sign in name for name in names for sign in "\u202e\u2066\n\r\x00")
