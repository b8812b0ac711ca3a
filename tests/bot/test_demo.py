"""The first minute: every phone of the demo page, its doors, its start and its end."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.demo import past
from tests.bot.demo_visit import HOST, Visit, free_ports, running_demo, visit

BROKEN = "My new chair arrived with a broken leg"
ANSWER = "A new leg leaves **today**."


@pytest.fixture(scope="module")
def demo_port() -> Iterator[int]:
    """The port of a demo that runs for the tests of this file."""
    port = free_ports()
    with running_demo(port):
        yield port


async def test_a_message_on_telegram_is_routed_and_answered_on_the_phone(demo_port: int) -> None:
    async with visit(demo_port) as newcomer:
        await newcomer.sign_in("alice")
        await newcomer.do("bruno", "write", text=BROKEN)
        await answered(newcomer, "Bruno Costa")
        said = await newcomer.until(
            "bruno", lambda phone: [m for m in phone["messages"] if not m["mine"]]
        )
    assert said[-1]["text"] == "A new leg leaves today."
    assert said[-1]["entities"][0]["type"] == "bold"


async def test_a_message_on_slack_is_routed_and_answered_in_its_thread(demo_port: int) -> None:
    async with visit(demo_port) as newcomer:
        await newcomer.sign_in("bob")
        await newcomer.do("chidi", "write", text="Can you deliver by Friday?")
        await answered(newcomer, "Chidi Okafor")
        said = await newcomer.until(
            "chidi", lambda phone: [m for m in phone["messages"] if not m["mine"]]
        )
        asked = newcomer.shown["chidi"]["messages"][0]
    assert said[-1]["thread"] == asked["id"]
    assert "today" in said[-1]["text"]


async def test_on_slack_a_form_opens_a_case_and_home_shows_it(demo_port: int) -> None:
    async with visit(demo_port) as newcomer:
        await newcomer.do("chidi", "write", text="/case An invoice")
        form = await newcomer.until("chidi", lambda phone: phone["form"])
        assert form["fields"][0]["value"] == "An invoice"
        await newcomer.do("chidi", "submit", subject="An invoice", description="With our number")
        await newcomer.until("chidi", lambda phone: "An invoice" in phone["messages"][-1]["text"])
        await newcomer.do("chidi", "home")
        shown = "An invoice"
        await newcomer.until("chidi", lambda phone: any(shown in line for line in phone["home"]))


async def test_a_mail_is_routed_and_answered_in_its_conversation(demo_port: int) -> None:
    async with visit(demo_port) as newcomer:
        await newcomer.sign_in("alice")
        mailbox = {"from": "dora@weiss.example", "subject": "A scratch"}
        await newcomer.do("dora", "write", text="The table has a scratch.", **mailbox)
        await answered(newcomer, "Dora Weiss")
        mails = await newcomer.until(
            "dora", lambda phone: [m for m in phone["accounts"][0]["mails"] if not m["mine"]]
        )
        assert "today" in mails[-1]["text"]
        assert mails[-1]["thread"] == newcomer.shown["dora"]["accounts"][0]["mails"][0]["id"]
        again = {**mailbox, "to": mails[-1]["id"]}
        await newcomer.do("dora", "write", text="Thank you.", **again)
        await newcomer.until("story", lambda lines: lines[-1]["text"] == "Dora Weiss writes again")


async def test_a_word_in_the_shop_is_met_by_the_bot_and_answered_by_a_person(
    demo_port: int,
) -> None:
    async with visit(demo_port) as newcomer:
        await newcomer.sign_in("alice")
        base = f"{newcomer.desk}/chat/v1/shop"
        headers = {"Origin": newcomer.page}
        form = {"form": {"name": "Ada Lund"}}
        async with newcomer.http.post(f"{base}/session", json=form, headers=headers) as answer:
            token = (await answer.json())["token"]
        async with newcomer.http.ws_connect(f"{base}/socket", headers=headers) as wire:
            await wire.send_json({"t": "hello", "v": 1, "token": token, "cursor": 0})
            message = {"t": "msg", "cid": "first-word", "text": "I want to talk to a person"}
            await wire.send_json(message)
            bot = await heard(wire, "bot")
            await answered(newcomer, "Ada Lund")
            person = await heard(wire, "agent")
    assert "colleague" in bot
    assert "today" in person


async def test_the_doors_lead_in_as_alice_bob_and_sam(demo_port: int) -> None:
    async with visit(demo_port) as newcomer:
        names = [(await newcomer.sign_in(who))["name"] for who in ("alice", "bob", "sam")]
        for path in ("/wallboard", "/reports/sla", "/help"):
            async with newcomer.http.get(newcomer.desk + path) as page:
                assert page.status == 200, path
    assert names == ["Alice", "Bob", "Sam"]


async def test_without_scripts_a_door_is_shown_with_its_one_button(demo_port: int) -> None:
    async with visit(demo_port) as newcomer:
        form = {"next": "/wallboard"}
        async with newcomer.http.post(f"{newcomer.page}/as/sam", data=form) as door:
            text = await door.text()
    assert str(door.url).startswith(f"{newcomer.desk}/sign-in/link/")
    assert "Sam" in text
    assert 'value="/wallboard"' in text


async def test_the_desk_is_not_empty_and_has_clocks_that_run(demo_port: int) -> None:
    async with visit(demo_port) as newcomer:
        await newcomer.sign_in("sam")
        active = {c["customer_name"]: c for c in (await newcomer.get("/api/v1/cases"))["items"]}
        clocks = await newcomer.get(f"/api/v1/cases/{active['Nora Dahl']['number']}/clocks")
        why = await newcomer.get(f"/api/v1/cases/{active['Milo Rossi']['number']}/routing")
    assert {"Pia Keller", "Omar Aziz", "Nora Dahl", "Milo Rossi"} <= active.keys()
    assert "running" in [clock["state"] for clock in clocks]
    assert why[0]["agent_name"] in ("Alice", "Bob")


async def test_a_picture_sent_from_telegram_is_shown_and_kept_from_running(demo_port: int) -> None:
    async with visit(demo_port) as newcomer:
        page = f"{newcomer.page}/phones/bruno/file"
        query = {"name": "leg.html"}
        async with newcomer.http.post(page, params=query, data=b"<script>1</script>") as sent:
            assert sent.status == 200
        files = await newcomer.until(
            "bruno", lambda phone: [m["file"] for m in phone["messages"] if m["file"]]
        )
        async with newcomer.http.get(page, params={"id": files[-1]["id"]}) as got:
            assert got.headers["Content-Disposition"] == "attachment"
            assert got.content_type == "application/octet-stream"
            assert await got.read() == b"<script>1</script>"


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("bruno/write", {"text": "  "}),
        ("bruno/dance", {}),
        ("bruno/press", {"message": "1", "value": "bot:yes"}),
        ("chidi/press", {"message": "1.2", "value": "bot:yes"}),
        ("dora/write", {"from": "nobody@weiss.example", "text": "Hello"}),
        ("bruno/write", {"text": 7}),
    ],
)
async def test_a_phone_says_what_it_cannot_do(
    demo_port: int, action: str, asked: dict[str, object]
) -> None:
    url = f"http://{HOST}:{demo_port}/phones/{action}"
    async with aiohttp.ClientSession() as http, http.post(url, json=asked) as refused:
        assert refused.status == 422 or refused.status == 400
        assert (await refused.json())["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ],
)
async def test_another_sites_page_can_open_no_door(demo_port: int, headers: dict[str, str]) -> None:
    url = f"http://{HOST}:{demo_port}/as/alice"
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, headers=headers, allow_redirects=False) as refused,
    ):
        assert refused.status == 403


async def test_the_pages_allow_no_script_but_their_own_and_the_desks(demo_port: int) -> None:
    async with aiohttp.ClientSession(f"http://{HOST}:{demo_port}") as http:
        for path in ("/", "/shop"):
            async with http.get(path) as page:
                policy = page.headers["Content-Security-Policy"]
                text = await page.text()
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert "<script>" not in text
            assert "style=" not in text


def test_a_taken_port_is_one_sentence_with_the_mend() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = str(other.getsockname()[1])
        command = [sys.executable, "-m", "bot", "demo", "--no-open", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"parley: Port {port} cannot be used")
    assert "--port" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
async def test_a_kept_folder_opens_again_and_loses_nothing(tmp_path: Path) -> None:
    port = free_ports()
    for said in ("The first message", "The second message"):
        with running_demo(port, "--folder", str(tmp_path)) as process:
            async with visit(port) as newcomer:
                await newcomer.sign_in("alice")
                await newcomer.do("bruno", "write", text=said)
                await newcomer.until("story", lambda lines: lines and lines[-1]["number"] == 1013)
                case = await newcomer.case_of("Bruno Costa")
            process.send_signal(signal.SIGINT)
            told, _ = process.communicate(timeout=20)
        assert process.returncode == 0, told
    assert case["number"] == 1013
    assert case["preview"] == "The second message"
    assert (tmp_path / "parley.db").exists()


def test_the_past_ends_before_the_demo_begins() -> None:
    told = past.stories()
    assert len(told) == 12
    assert {story.channel for story in told} == set(past.INBOXES)
    for story in told:
        minutes = [after for after, _, _ in story.lines]
        assert minutes == sorted(minutes)
        assert minutes[-1] <= story.ago


async def answered(newcomer: Visit, customer: str) -> None:
    """See that the customer's case was routed and has a clock, and answer it."""
    case = await newcomer.case_of(customer)
    number = case["number"]
    decisions = await newcomer.get(f"/api/v1/cases/{number}/routing")
    assert decisions[0]["agent_id"] == case["assignee_id"]
    await newcomer.ask_until(
        f"/api/v1/cases/{number}/clocks",
        lambda clocks: "first_response" in [clock["metric"] for clock in clocks],
    )
    await newcomer.reply(number, ANSWER)


async def heard(wire: aiohttp.ClientWebSocketResponse, author: str) -> str:
    """Return the first words of `author` in the chat."""
    async with asyncio.timeout(20):
        while True:
            frame = json.loads((await wire.receive()).data)
            if frame["t"] == "msg" and not frame.get("me") and author in json.dumps(frame):
                return str(frame["text"])


def test_some_customers_of_the_past_said_how_it_went_and_one_was_not_content() -> None:
    lines = [line for story in past.stories() for line in story.lines]
    scores = [int(words.split()[0]) for _, who, words in lines if who == "rated"]
    assert len(scores) >= 4
    assert min(scores) <= 2
    assert max(scores) == 5
