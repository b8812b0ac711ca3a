"""Whatever Telegram can send goes through the whole desk; only words open cases."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from desk.arrivals.tables import arrivals
from desk.cases import queries
from desk.cases.queries import Filter
from desk.cases.rules import Status
from tests.world import World, world

FOLDER = Path(__file__).parents[1] / "data/telegram"
KINDS = json.loads((FOLDER / "updates.json").read_text(encoding="utf-8"))["cases"]
ADA = {"id": 77, "is_bot": False, "first_name": "\u202eAda\u0000\n", "language_code": "xx-YY-zz"}
CHAT = {"id": 77, "type": "private", "first_name": "Ada"}
HUGE = 10**30


def says(**fields: Any) -> dict[str, Any]:
    return {"message": {"message_id": 1, "from": ADA, "chat": CHAT, "date": 1, **fields}}


# What no Bot API should send; each is either a message or set aside, and the next one comes.
ODD = [
    says(text="a\u0000b\u202e c\ud83e\udd96 \U0001f469\u200d\U0001f680 \u0627\u0644"),
    says(text="😀" * 5_000, entities=[{"type": "bold", "offset": 1, "length": HUGE}]),
    says(text="x", date=HUGE),
    says(text="x", message_id=HUGE),
    says(text="x", entities=[{"type": 7}, {"type": "mention"}, {}]),
    says(document={"file_id": "gone", "file_size": HUGE, "file_name": "../../\u202egpj.exe"}),
    says(contact={"phone_number": "+" + "1" * 9_999, "first_name": "", "user_id": 77}),
    says(text="/start " + "A" * 64),
    says(text="/" + "x" * 4_000),
    says(text="/lang " + "\u0000" * 30),
    says(text="x", **{"from": ADA | {"first_name": "x" * 100_000, "username": "\ud800"}}),
    says(text="x", chat=CHAT | {"type": "hologram"}),
    says(text="x", chat={"id": str(77), "type": "private"}),
    says(text=["x"]),
    {"message": "text"},
    {"callback_query": {"id": "1", "from": ADA, "data": "ask:language:" + "x" * 9_000}},
    {"callback_query": {"id": 1, "from": ADA}},
    {"my_chat_member": {"chat": CHAT, "from": ADA, "new_chat_member": {"status": 3}}},
    {"message_reaction": {"chat": CHAT, "message_id": 1, "user": ADA, "new_reaction": [{}]}},
    {"message": None},
    {},
]


@pytest.fixture
async def parley(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, f"sqlite:///{tmp_path}/parley.db") as made:
        made.telegram_settings = {"groups": "everything", "album_wait_s": 0.1}
        made.bot_on_telegram = True
        made.tries = 1
        async with made.open():
            yield made


def states(c: Connection) -> list[tuple[str, str]]:
    return [(row.state, row.reason) for row in c.execute(select(arrivals))]


def subjects(c: Connection) -> list[str]:
    return [row.subject for row in queries.list_cases(c, Filter(statuses=tuple(Status)), limit=500)]


def settled(c: Connection, count: int) -> list[tuple[str, str]] | None:
    found = states(c)
    waiting = any(state == "waiting" for state, _ in found)
    return found if len(found) >= count and not waiting else None


async def test_every_documented_kind_is_recorded_and_only_words_open_cases(parley: World) -> None:
    for kind in KINDS:
        numbered = kind["update"]  # anew, in the order of this box
        parley.telegram.push({key: numbered[key] for key in numbered.keys() - {"update_id"}})
    await parley.telegram.customer(5, "Zoe").send("the last one")
    await parley.until(lambda c: "the last one" in subjects(c), timeout_s=60)
    found = await parley.until(lambda c: settled(c, len(KINDS)), timeout_s=60)
    assert [reason for state, reason in found if state == "quarantined"] == []
    said = sum(kind["outcome"] == "message" for kind in KINDS)
    assert 0 < len(await parley.desk.db.read(subjects)) <= said + 1


async def test_what_no_network_should_send_is_read_or_set_aside_and_holds_up_nobody(
    parley: World,
) -> None:
    for odd in ODD:
        parley.telegram.push(odd)
    await parley.telegram.customer(5, "Zoe").send("the last one")
    await parley.until(lambda c: "the last one" in subjects(c), timeout_s=60)
    found = await parley.until(lambda c: settled(c, len(ODD)), timeout_s=60)
    aside = [reason for state, reason in found if state == "quarantined"]
    assert all("not an update of the Bot API" in reason for reason in aside), aside
    assert len(aside) >= 4
    shown = await parley.desk.db.read(subjects)
    assert not any(sign in subject for subject in shown for sign in "\u202e\x00\n")
