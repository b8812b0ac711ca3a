"""Telegram's updates as messages of ours: every kind, every command, and any garbage."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.telegram.config import Hear, TelegramSettings
from channels.telegram.parse import parse
from desk.kit.errors import Unreadable
from desk.ports.inbound import CustomerAsked, Inbound, PlaceLost, ReachabilityChanged, Wish
from desk.ports.messages import ButtonPressed, InboundMessage, MessageEdited, MessageReacted

ADA = {"id": 4711, "is_bot": False, "first_name": "Ada", "last_name": "L", "language_code": "pt-br"}
CHAT = {"id": 4711, "type": "private", "first_name": "Ada"}
GROUP = {"id": -100200, "type": "supergroup", "title": "Owners"}
FILE = {"file_id": "F", "file_unique_id": "u", "file_size": 9}
PLACE = {"latitude": 52.5, "longitude": 13.4}


PRIVATE = TelegramSettings()
EVERYWHERE = TelegramSettings(groups=Hear.EVERYTHING)


def update(kind: str = "message", **fields: Any) -> dict[str, Any]:
    message = {"message_id": 5, "from": ADA, "chat": CHAT, "date": 1_700_000_000, **fields}
    return {"update_id": 1, kind: message}


def read(told: dict[str, Any], *, groups: bool = False) -> list[Inbound]:
    return parse(json.dumps(told).encode(), EVERYWHERE if groups else PRIVATE)


def message(told: dict[str, Any], *, groups: bool = False) -> InboundMessage:
    [found] = read(told, groups=groups)
    assert isinstance(found, InboundMessage)
    return found


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"text": "hi"}, "hi"),
        ({"location": PLACE}, "📍 52.500000, 13.400000\nhttps://www.openstreetmap.org/"),
        (
            {"venue": {"location": PLACE, "title": "Café", "address": "A 1"}, "location": PLACE},
            "Ca",
        ),
        ({"contact": {"phone_number": "+49 1", "first_name": "Bo"}}, "👤 Bo\n+49 1"),
        ({"poll": {"question": "Tea?", "options": [{"text": "yes"}]}}, "📊 Tea?\n- yes"),
        ({"dice": {"emoji": "🎲", "value": 4}}, "🎲 4"),
        ({"story": {"id": 1}}, "unsupported: story"),
        ({"paid_media": {}, "caption": "look"}, "unsupported: paid_media\nlook"),
        ({"hologram": {}}, "unsupported: hologram"),
        ({}, "unsupported: message"),
    ],
)
def test_a_message_without_a_file_is_said_in_words(content: dict[str, Any], text: str) -> None:
    found = message(update(**content))
    assert found.text.startswith(text)
    assert found.attachments == ()


@pytest.mark.parametrize(
    ("content", "name", "mime"),
    [
        ({"photo": [FILE, FILE | {"width": 9, "height": 9}]}, "photo.jpg", "image/jpeg"),
        ({"document": FILE | {"file_name": "a.pdf", "mime_type": "a/pdf"}}, "a.pdf", "a/pdf"),
        ({"audio": FILE | {"title": "Song"}}, "Song", "audio/mpeg"),
        ({"voice": FILE}, "voice.ogg", "audio/ogg"),
        ({"video": FILE}, "video.mp4", "video/mp4"),
        ({"video_note": FILE}, "video_note.mp4", "video/mp4"),
        ({"animation": FILE, "document": FILE}, "animation.mp4", "video/mp4"),
        ({"sticker": FILE}, "sticker.webp", "image/webp"),
        ({"sticker": FILE | {"is_animated": True}}, "sticker.tgs", "application/x-tgsticker"),
        ({"sticker": FILE | {"is_video": True}}, "sticker.webm", "video/webm"),
    ],
)
def test_a_file_is_an_attachment(content: dict[str, Any], name: str, mime: str) -> None:
    found = message(update(caption="see", **content))
    [file] = found.attachments
    assert (file.name, file.mime, file.size_bytes, file.ref) == (name, mime, 9, "F")
    assert found.text == ("" if "sticker" in content else "see")


@pytest.mark.parametrize(
    "event",
    [
        {"new_chat_members": [ADA]},
        {"left_chat_member": ADA},
        {"pinned_message": {"message_id": 1}},
        {"forum_topic_created": {"name": "x"}},
        {"forum_topic_edited": {}},
        {"message_auto_delete_timer_changed": {}},
        {"migrate_from_chat_id": -100},
        {"successful_payment": {}},
        {"text": "from a bot", "from": ADA | {"is_bot": True}},
        {"text": "from nobody", "from": None},
        {"text": "a channel's echo", "is_automatic_forward": True},
        {"text": "in a group", "chat": GROUP},
    ],
)
def test_what_nobody_said_to_us_is_nothing(event: dict[str, Any]) -> None:
    assert read(update(**event)) == []


@pytest.mark.parametrize(
    "kind", ["channel_post", "poll", "inline_query", "business_message", "new"]
)
def test_other_updates_are_nothing(kind: str) -> None:
    assert read({"update_id": 1, kind: {"chat": CHAT}}) == []


def reaction(**more: Any) -> bytes:
    feelings = {"old_reaction": [{"type": "emoji", "emoji": "👍"}], "new_reaction": []}
    told = {"chat": CHAT, "message_id": 5, "user": ADA, "date": 1, **feelings, **more}
    return json.dumps({"update_id": 1, "message_reaction": told}).encode()


def test_emoji_on_a_message_are_told_as_what_changed() -> None:
    new = [{"type": "emoji", "emoji": "🔥"}, {"type": "custom_emoji", "custom_emoji_id": "7"}]
    (told,) = parse(reaction(new_reaction=new), PRIVATE)
    assert isinstance(told, MessageReacted)
    assert (told.external_id, told.sender.address) == (f"{CHAT['id']}:5", str(ADA["id"]))
    assert (told.added, told.removed) == (("🔥", "★"), ("👍",))


@pytest.mark.parametrize(
    "event", [{"user": None}, {"user": ADA | {"is_bot": True}}, {"chat": GROUP}]
)
def test_emoji_of_nobody_we_know_are_nothing(event: dict[str, Any]) -> None:
    assert parse(reaction(**event), PRIVATE) == []


def test_a_group_is_heard_when_it_is_switched_on() -> None:
    told = update(text="hello", chat=GROUP, message_thread_id=7, is_topic_message=True)
    found = message(told, groups=True)
    assert (found.thread, found.sender.address) == ("-100200:7:4711", "4711")
    assert found.context == {"group": "Owners"}


def test_formatting_counts_in_utf_16_and_becomes_html() -> None:
    found = message(
        update(text="😀 be bold", entities=[{"type": "bold", "offset": 6, "length": 4}])
    )
    assert found.html == "<p>😀 be <strong>bold</strong></p>"


def test_markup_in_a_text_stays_text() -> None:
    link = {"type": "text_link", "offset": 0, "length": 3, "url": "javascript:alert(1)"}
    found = message(update(text="<b>&", entities=[link]))
    assert found.html == "<p>&lt;b&gt;&amp;</p>"


def test_an_answer_names_the_message_and_keeps_the_quote_apart() -> None:
    told = update(text="this one", reply_to_message={"message_id": 3}, quote={"text": "a\nb"})
    found = message(told)
    assert found.in_reply_to == ("4711:3",)
    assert (found.text, found.full_text) == ("this one", "> a\n> b\n\nthis one")


def test_in_a_topic_the_opening_of_the_topic_is_not_answered() -> None:
    opening = {"message_id": 3, "forum_topic_created": {"name": "x"}}
    assert message(update(text="hi", reply_to_message=opening)).in_reply_to == ()


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ({"type": "user", "sender_user": ADA}, "Ada L"),
        ({"type": "hidden_user", "sender_user_name": "Someone"}, "Someone"),
        ({"type": "chat", "sender_chat": GROUP}, "Owners"),
        ({"type": "channel", "chat": GROUP, "message_id": 1}, "Owners"),
    ],
)
def test_a_forward_says_from_whom(origin: dict[str, Any], name: str) -> None:
    found = message(update(text="fyi", forward_origin=origin))
    assert found.context["forwarded_from"] == name


def test_a_phone_number_is_his_only_when_telegram_says_so() -> None:
    card = {"phone_number": "+49 170", "first_name": "Ada"}
    assert message(update(contact=card | {"user_id": 4711})).sender.phone == "+49 170"
    assert message(update(contact=card | {"user_id": 1})).sender.phone is None


@pytest.mark.parametrize(
    ("text", "said", "token", "person", "new", "opens"),
    [
        ("/start abc-DEF_1", "", "abc-DEF_1", False, False, False),
        ("/start a b", "/start", None, False, False, False),
        ("/start ä", "/start", None, False, False, False),
        ("/start " + "x" * 65, "/start", None, False, False, False),
        ("/human", "/human", None, True, False, True),
        ("/human@parley_bot please", "please", None, True, False, True),
        ("/new my\nwasher", "my\nwasher", None, False, True, True),
        ("/help my door", "/help my door", None, False, False, True),
        ("/stop sending me chairs", "/stop sending me chairs", None, False, False, True),
        ("/settings", "/settings", None, False, False, False),
        ("/ not a command", "/ not a command", None, False, False, True),
        ("see /human", "see /human", None, False, False, True),
    ],
)
def test_commands(
    text: str, said: str, token: str | None, person: bool, new: bool, opens: bool
) -> None:
    found = message(update(text=text))
    assert (found.text, found.link_token) == (said, token)
    assert (found.wants_person, found.wants_new_case, found.opens_case) == (person, new, opens)


@pytest.mark.parametrize(
    ("text", "wish", "value"),
    [
        ("/start", Wish.BEGIN, ""),
        ("/help@parley_bot", Wish.BEGIN, ""),
        (" /CASES ", Wish.CASES, ""),
        ("/new", Wish.NEW, ""),
        ("/stop", Wish.QUIET, ""),
        ("/lang", Wish.LANGUAGE, ""),
        ("/lang  français", Wish.LANGUAGE, "français"),
        ("/lang " + "x" * 500, Wish.LANGUAGE, "x" * 40),
    ],
)
def test_a_bare_command_is_a_wish_and_no_message(text: str, wish: Wish, value: str) -> None:
    [asked] = read(update(text=text))
    assert isinstance(asked, CustomerAsked)
    assert (asked.wish, asked.value, asked.overheard) == (wish, value, False)
    assert (asked.sender.address, asked.thread) == ("4711", "4711")


def test_an_edit_is_told_and_a_moving_location_is_not() -> None:
    [edited] = read(update("edited_message", text="better"))
    assert isinstance(edited, MessageEdited)
    assert (edited.external_id, edited.text, edited.thread) == ("4711:5", "better", "4711")
    assert read(update("edited_message", location=PLACE | {"live_period": 60})) == []


def test_a_press_under_a_message_too_old_to_see() -> None:
    gone = {"message_id": 3, "chat": CHAT, "date": 0}
    query = {"id": "77", "from": ADA, "chat_instance": "1", "data": "yes"}
    [pressed] = read({"update_id": 1, "callback_query": query | {"message": gone}})
    [inline] = read({"update_id": 1, "callback_query": query})
    game = query | {"data": None, "game_short_name": "chess"}
    assert isinstance(pressed, ButtonPressed)
    assert isinstance(inline, ButtonPressed)
    assert (pressed.source_external_id, pressed.value) == ("4711:3", "yes")
    assert (inline.source_external_id, inline.thread) == (None, "4711")
    assert read({"update_id": 1, "callback_query": game}) == []


@pytest.mark.parametrize(("status", "reachable"), [("kicked", False), ("member", True)])
def test_a_block_makes_the_customer_unreachable(status: str, reachable: bool) -> None:
    change = {"chat": CHAT, "from": ADA, "date": 1, "new_chat_member": {"status": status}}
    [told] = read({"update_id": 1, "my_chat_member": change})
    assert isinstance(told, ReachabilityChanged)
    assert (told.address, told.reachable) == ("4711", reachable)
    told_of_group = read({"update_id": 1, "my_chat_member": change | {"chat": GROUP}})
    assert [one.place for one in told_of_group if isinstance(one, PlaceLost)] == (
        [] if reachable else ["-100200"]
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nonsense",
        b"\xff\xff",
        b"[]",
        b"7",
        b"[" * 100_000,
        b'{"message": {}}',
        b'{"message": 7}',
        b'{"album": [{"message": {"message_id": "x"}}]}',
        json.dumps(update(text="\ud800")).encode(),
    ],
)
def test_what_is_no_update_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(raw, PRIVATE)


def test_a_time_out_of_range_is_left_out() -> None:
    assert message(update(text="hi", date=10**18)).sent_at is None


# Any garbage

KINDS = [
    update(text="hi /start", entities=[{"type": "bold", "offset": 0, "length": 2}]),
    update(photo=[FILE], caption="c", caption_entities=[], media_group_id="g"),
    update(venue={"location": PLACE, "title": "t"}, forward_origin={"type": "user"}),
    update(contact={"phone_number": "1"}, reply_to_message={"message_id": 1}, quote={"text": "q"}),
    update("edited_message", poll={"question": "q", "options": [{"text": "a"}]}),
    {"update_id": 2, "callback_query": {"id": "1", "from": ADA, "data": "d", "message": None}},
    {"update_id": 3, "my_chat_member": {"chat": CHAT, "from": ADA, "new_chat_member": {}}},
    {"album": [update(photo=[FILE]), update(video=FILE, caption="c")]},
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """An update with a few values, somewhere in it, replaced, dropped or renamed."""
    told = json.loads(json.dumps(draw(st.sampled_from(KINDS))))
    for _ in range(draw(st.integers(1, 3))):
        at: Any = told
        while isinstance(at, dict | list) and at:
            key: Any = draw(st.sampled_from(list(at) if isinstance(at, dict) else range(len(at))))
            if draw(st.booleans()) or not isinstance(at[key], dict | list):
                _change(draw, at, key)
                break
            at = at[key]
    return told


def _change(draw: st.DrawFn, at: Any, key: Any) -> None:
    what = draw(st.sampled_from(["replace", "drop", "rename"]))
    if what == "replace" or isinstance(at, list):
        at[key] = draw(ODD)
    elif what == "drop":
        del at[key]
    else:
        at[draw(st.text(max_size=5))] = at.pop(key)


@given(told=mutated(), groups=st.booleans())
def test_a_mutated_update_is_read_or_unreadable(told: Any, groups: bool) -> None:
    raw = json.dumps(told).encode()
    try:
        found = parse(raw, EVERYWHERE if groups else PRIVATE)
    except Unreadable:
        return
    assert msgspec.json.decode(msgspec.json.encode(found), type=list[Inbound]) == found


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_read_or_unreadable(raw: bytes) -> None:
    try:
        parse(raw, PRIVATE)
    except Unreadable:
        return
