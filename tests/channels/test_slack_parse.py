"""What Slack's payloads say, case by case, and that no payload is a traceback."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.slack.config import SlackSettings, Watch
from channels.slack.envelope import Envelope, Profile, Us, arrival, as_raw
from channels.slack.parse import parse
from desk.kit.errors import Unreadable
from desk.ports.inbound import Inbound
from desk.ports.messages import (
    Automation,
    ButtonPressed,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
)
from tests.channels.slack_world import channel_for

US = Us(team="T1", person="U0BOT", bot="B0BOT")
HELLO = {"type": "message", "user": "U1", "text": "Hello", "ts": "1700000000.000100"}
IN_DM = {**HELLO, "channel": "D1", "channel_type": "im", "team": "T1"}
IN_CHANNEL = {**HELLO, "channel": "C1", "channel_type": "channel", "team": "T1"}


def payload_of(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the Events API payload around an event."""
    around = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1"}
    seat = {"team_id": "T1", "user_id": "U0BOT", "is_bot": True}
    return {**around, "authorizations": [seat], "event": event, **more}


def read(event: dict[str, Any], profile: Profile | None = None, **changed: Any) -> list[Inbound]:
    """Return what an event says under these settings."""
    payload = payload_of(event)
    envelope = Envelope(kind="events_api", payload=payload, us=US, profile=profile)
    return list(parse(as_raw(envelope), SlackSettings(**changed)))


def test_a_direct_message_says_where_it_may_join() -> None:
    (said,) = read(IN_DM)
    assert isinstance(said, InboundMessage)
    assert said.external_id == "D1:1700000000.000100"
    assert said.thread == "T1:D1:1700000000.000100"
    assert said.context == {"space": "T1:D1", "join_minutes": "30"}
    assert (said.opens_case, said.wants_new_case) == (True, False)


def test_without_a_joining_window_each_direct_message_is_a_new_case() -> None:
    (said,) = read(IN_DM, join_minutes=0)
    assert isinstance(said, InboundMessage)
    assert (said.wants_new_case, said.context) == (True, {"space": "T1:D1"})


def test_the_joining_window_of_an_inbox_is_told_to_the_desk() -> None:
    assert channel_for(SlackSettings()).capabilities.join_minutes == 30
    assert channel_for(SlackSettings(join_minutes=5)).capabilities.join_minutes == 5


@pytest.mark.parametrize(
    ("watch", "team", "text", "opens"),
    [
        (Watch.EXTERNAL, "T1", "chatter", False),
        (Watch.EXTERNAL, "T2", "help", True),
        (Watch.EXTERNAL, "T1", "<@U0BOT> help", True),
        (Watch.EVERYONE, "T1", "help", True),
        (Watch.MENTION, "T2", "chatter", False),
        (Watch.MENTION, "T2", "<@U0BOT> help", True),
        (Watch.NOBODY, "T2", "<@U0BOT> help", False),
    ],
)
def test_who_opens_a_case_in_a_channel_is_a_setting(
    watch: Watch, team: str, text: str, opens: bool
) -> None:
    event = {**IN_CHANNEL, "user_team": team, "text": text}
    assert bool(read(event, channels={"C1": watch})) is opens
    reply = {**event, "ts": "1700000001.000100", "thread_ts": HELLO["ts"]}
    (said,) = read(reply, channels={"C1": watch})
    assert isinstance(said, InboundMessage)
    assert said.opens_case is (opens and "<@U0BOT>" in text)
    assert said.in_reply_to == ("C1:1700000000.000100",)


def test_a_guest_is_external() -> None:
    assert read(IN_CHANNEL) == []
    assert len(read(IN_CHANNEL, Profile(name="Guest", guest=True))) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"user": "U0BOT"},
        {"bot_id": "B0BOT"},
        {"app_id": "A1"},
        {"bot_id": "B9OTHER"},
        {"subtype": "bot_message", "bot_id": "B9OTHER"},
        {"subtype": "channel_join"},
        {"subtype": "channel_leave"},
        {"subtype": "channel_topic"},
        {"subtype": "pinned_item"},
        {"subtype": "something_new"},
        {"type": "reaction_added"},
        {"user": ""},
    ],
)
def test_what_is_no_customers_word_is_passed_over(changed: dict[str, str]) -> None:
    assert read({**IN_DM, **changed}) == []


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_these_subtypes_are_messages_too(subtype: str) -> None:
    assert len(read({**IN_DM, "subtype": subtype})) == 1


def test_an_allowed_bot_is_a_customer_that_is_never_answered_by_itself() -> None:
    event = {**IN_DM, "bot_id": "B9OTHER", "username": "Pager", "subtype": "bot_message"}
    (said,) = read({**event, "user": ""}, allowed_bots=["B9OTHER"])
    assert isinstance(said, InboundMessage)
    assert (said.sender.address, said.sender.name) == ("T1:B9OTHER", "Pager")
    assert said.automation is Automation.BOT


def test_events_of_another_workspace_are_passed_over() -> None:
    assert len(read(IN_DM, team="T1")) == 1
    assert read(IN_DM, team="T9") == []


def test_only_a_change_of_text_or_files_is_an_edit() -> None:
    now = {**HELLO, "team": "T1"}
    changed = {"type": "message", "subtype": "message_changed", "channel": "D1", "ts": "2.0"}
    unfurled = {**changed, "message": {**now, "attachments": []}, "previous_message": now}
    assert read(unfurled) == []
    replied = {**changed, "message": {**now, "reply_count": 1}, "previous_message": now}
    assert read(replied) == []
    for after in ({"text": "Bye"}, {"files": [{"id": "F1"}]}):
        (said,) = read({**changed, "message": {**now, **after}, "previous_message": now})
        assert isinstance(said, MessageEdited)
        assert said.external_id == "D1:1700000000.000100"
    tombstone = {**now, "subtype": "tombstone", "text": "gone"}
    (gone,) = read({**changed, "message": tombstone, "previous_message": now})
    assert gone == MessageDeleted(
        external_id="D1:1700000000.000100", thread="T1:D1:1700000000.000100"
    )
    ours = {**now, "user": "U0BOT", "text": "new"}
    assert read({**changed, "message": ours, "previous_message": now}) == []


def test_files_that_slack_hides_are_left_out() -> None:
    files: list[Any] = [
        {"id": "F1", "name": "a.txt", "mimetype": "text/plain", "size": 3},
        {"id": "F2", "mode": "tombstone"},
        {"id": "F3", "mode": "hidden_by_limit"},
        "nonsense",
        {"name": "no id"},
        {"id": "F4", "size": -1, "name": "b\r\n.txt"},
    ]
    (said,) = read({**IN_DM, "files": files})
    assert isinstance(said, InboundMessage)
    assert [file.ref for file in said.attachments] == ["F1", "F4"]
    assert [file.size_bytes for file in said.attachments] == [3, 0]
    assert said.attachments[1].name == "b .txt"


def test_a_press_without_surroundings_still_names_its_thread() -> None:
    payload = {
        "type": "block_actions",
        "team": {"id": "T2"},
        "user": {"id": "U1", "team_id": "T2"},
        "container": {"channel_id": "C1", "message_ts": "2.0", "thread_ts": "1.0"},
        "actions": [{"action_ts": "3.0", "value": "yes"}, {"action_ts": "3.0"}, "nonsense"],
    }
    envelope = Envelope(kind="interactive", payload=payload, us=US)
    (said,) = parse(as_raw(envelope), SlackSettings())
    assert isinstance(said, ButtonPressed)
    assert (said.thread, said.sender.address) == ("T1:C1:1.0", "T2:U1")
    assert said.source_external_id == "C1:2.0"


def test_a_mention_and_its_message_are_one_arrival_and_edits_are_others() -> None:
    def key(event: dict[str, Any], event_id: str) -> str:
        payload = payload_of(event, event_id=event_id)
        return arrival(Envelope(kind="events_api", payload=payload)).dedupe_key

    mention = {**IN_CHANNEL, "type": "app_mention"}
    assert key(IN_CHANNEL, "Ev1") == key(mention, "Ev2")
    edit = {**IN_CHANNEL, "subtype": "message_changed", "message": HELLO}
    assert key(edit, "Ev3") == "event:Ev3"
    assert key({"type": "team_join"}, "Ev4") == "event:Ev4"
    assert key({"type": "team_join"}, "\ud800").startswith("raw:")


def test_a_thread_and_a_direct_message_keep_their_order() -> None:
    def order(event: dict[str, Any]) -> str:
        return arrival(Envelope(kind="events_api", payload=payload_of(event))).order_key

    reply = {**IN_CHANNEL, "thread_ts": HELLO["ts"], "ts": "1700000009.000000"}
    edit = {**IN_CHANNEL, "ts": "9.0", "subtype": "message_changed", "message": reply}
    assert order(IN_CHANNEL) == order(reply) == order(edit) == "C1:1700000000.000100"
    assert order(IN_DM) == "D1"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = """type subtype channel ts thread_ts user bot_id text team user_team blocks files message
previous_message deleted_ts app_id elements id name size mode style user_id url"""
fields = st.sampled_from(FIELDS.split())
words = st.sampled_from(
    ["message", "message_changed", "message_deleted", "app_mention", "D1", "C1", "1.0", "nan", "U1",
     "rich_text", "rich_text_list", "rich_text_section", "text", "link", "date", "inf", "<@U1>"]
)  # fmt: skip
events = st.recursive(
    st.dictionaries(fields, words | values, max_size=8),
    lambda inner: st.dictionaries(fields, inner | st.lists(inner, max_size=3) | words, max_size=8),
    max_leaves=6,
)


@settings(deadline=None)
@given(event=events, kind=st.sampled_from(["events_api", "interactive", "slash_commands", "x"]))
def test_any_payload_is_said_or_unreadable(event: dict[str, Any], kind: str) -> None:
    whole = {"type": "message", "channel": "D1", "ts": "1.0", "user": "U1", **event}
    for payload in (
        event,
        payload_of(event),
        payload_of(whole),
        {"type": "block_actions", **event},
    ):
        envelope = Envelope(kind=kind, payload=payload)
        made = arrival(envelope)
        assert made.dedupe_key.isascii()
        assert made.raw.isascii()
        with contextlib.suppress(Unreadable):
            for said in parse(made.raw, SlackSettings(watch=Watch.EVERYONE)):
                json.dumps(str(said)).encode()


@settings(deadline=None)
@given(raw=st.binary(max_size=80) | st.sampled_from([b"{}", b"[]", b"[" * 99_999, b'{"kind":1}']))
def test_any_bytes_are_said_or_unreadable(raw: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert not parse(raw, SlackSettings())
