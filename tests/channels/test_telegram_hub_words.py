"""What agents write in a Telegram group, in our words, and what they are shown. Pure."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from channels.telegram import hub_parse, hub_render
from desk.kit.errors import Unreadable
from desk.ports.hub import HubCard, HubLine, HubOption
from desk.ports.inbound import HubPressed, HubSaid
from desk.ports.messages import Author, AuthorKind

GROUP = -1001234567890
PLACE = str(GROUP)
ALICE = {"id": 42, "is_bot": False, "first_name": "Alice"}
CARD = HubCard(
    key="k1",
    number=1042,
    subject="Where is my chair?",
    url="https://desk.example.org/workspace/1042",
    customer="Ada Lovelace",
    channel="telegram",
    queue="Support",
    status="open",
    priority="normal",
    promise="first response",
    due_at=datetime(2026, 3, 2, 15, 5, tzinfo=UTC),
    priorities=(HubOption("normal", "Normal"), HubOption("urgent", "Urgent")),
    naps=(HubOption("1", "1 hour"), HubOption("168", "1 week")),
)
CUSTOMER = Author(kind=AuthorKind.CUSTOMER, name="Ada")
LINE = HubLine(key="hub:1", text="It *wobbles*.", author=CUSTOMER)


def written(text: str = "", topic: int | None = 5, **more: Any) -> dict[str, Any]:
    chat = {"id": GROUP, "type": "supergroup", "title": "Support", "is_forum": True}
    told: dict[str, Any] = {"message_id": 9, "chat": chat, "from": ALICE, "date": 1}
    if topic is not None:
        told |= {"message_thread_id": topic, "is_topic_message": True}
    return told | ({"text": text} if text else {}) | more


def parsed(update: Any, *, replies: bool = True) -> list[Any] | None:
    raw = msgspec.json.encode(update)
    return hub_parse.parse(raw, [PLACE], replies=replies)


def said(message: dict[str, Any], *, replies: bool = True) -> HubSaid:
    found = parsed({"update_id": 1, "message": message}, replies=replies)
    assert found is not None
    [one] = found
    assert isinstance(one, HubSaid)
    return one


def test_plain_words_in_a_topic_are_an_answer_with_their_formats() -> None:
    entities = [{"type": "bold", "offset": 3, "length": 6}]
    one = said(written("On Monday, 2 * 3", entities=entities))
    assert (one.text, one.to_customer) == ("On **Monday**, 2 \\* 3", True)
    assert (one.place, one.thread) == (PLACE, f"{PLACE}:5")
    assert (one.external_id, one.sender.address, one.sender.name) == (f"{PLACE}:9", "42", "Alice")


def test_two_strokes_make_the_other_of_answer_and_note() -> None:
    entities = [{"type": "italic", "offset": 4, "length": 6}]
    one = said(written("//  odd 😀", entities=entities))
    assert (one.text, one.to_customer) == ("_odd 😀_", False)
    assert said(written("//yes"), replies=False).to_customer
    assert not said(written("yes"), replies=False).to_customer


@pytest.mark.parametrize(
    "message",
    [
        written("hello", topic=None),
        written("hello") | {"is_topic_message": False},
        written("hello") | {"from": {"id": 1, "is_bot": True, "first_name": "Parley"}},
        written(forum_topic_created={"name": "x", "icon_color": 1}),
        written(forum_topic_edited={"name": "x"}),
        written(pinned_message={"message_id": 3}),
        written(new_chat_members=[ALICE]),
        written("//"),
        written("  //  "),
    ],
)
def test_what_says_nothing_to_anybody_is_nothing(message: dict[str, Any]) -> None:
    assert parsed({"update_id": 1, "message": message}) == []


def test_what_was_forwarded_or_cannot_be_read_never_goes_to_the_customer() -> None:
    origin = {"type": "hidden_user", "sender_user_name": "Bob"}
    assert not said(written("He is mad", forward_origin=origin)).to_customer
    assert not said(written(checklist={"title": "x"})).to_customer


def test_files_and_albums_come_whole_and_one_mark_is_enough() -> None:
    def part(number: int, **more: Any) -> dict[str, Any]:
        file = {"file_id": f"f{number}", "file_name": f"{number}.pdf", "file_size": 3}
        return {"update_id": number, "message": written(document=file, **more)}

    found = parsed({"album": [part(1, caption="// look"), part(2)]})
    assert found is not None
    [one] = found
    assert (one.text, one.to_customer) == ("look", False)
    assert [file.ref for file in one.attachments] == ["f1", "f2"]


def test_closing_and_opening_a_topic_are_choices_unless_the_bot_did_it() -> None:
    def chosen(**more: Any) -> Any:
        found = parsed({"update_id": 1, "message": written(**more)})
        return [(one.action, one.value) for one in found or []]

    assert chosen(forum_topic_closed={}) == [("status", "resolved")]
    assert chosen(forum_topic_reopened={}) == [("status", "open")]
    ours = {"from": {"id": 1, "is_bot": True, "first_name": "Parley"}}
    assert parsed({"update_id": 1, "message": written(forum_topic_closed={}) | ours}) == []


def test_a_command_is_no_answer_but_a_path_is() -> None:
    found = parsed({"update_id": 1, "message": written("/close@parley_bot now")})
    assert found is not None
    assert [(one.action, one.value) for one in found] == [("command", "/close@parley_bot")]
    assert said(written("/etc/hosts is wrong")).text == "/etc/hosts is wrong"


def test_an_anonymous_admin_is_heard_so_that_he_can_be_told() -> None:
    hidden = {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}}
    assert said(written("On Monday") | hidden).sender.address == "1087968824"


def test_changed_words_are_an_edit_and_words_that_are_gone_change_nothing() -> None:
    found = parsed({"update_id": 1, "edited_message": written("Tuesday")})
    assert found is not None
    assert [(one.text, one.edits) for one in found] == [("Tuesday", True)]
    photo = [{"file_id": "p", "width": 1, "height": 1}]
    assert parsed({"update_id": 1, "edited_message": written(photo=photo)}) == []


def test_a_press_on_a_card_says_which_topic_it_stands_in() -> None:
    press = {"id": "77", "from": ALICE, "data": "hub:priority:high", "message": written("card")}
    found = parsed({"update_id": 1, "callback_query": press})
    assert found is not None
    [one] = found
    assert isinstance(one, HubPressed)
    assert (one.action, one.value, one.thread) == ("priority", "high", f"{PLACE}:5")
    assert parsed({"update_id": 1, "callback_query": press | {"data": "1"}}) == []


def test_other_chats_are_not_our_business_and_nonsense_in_ours_is_told() -> None:
    elsewhere = written("hi") | {"chat": {"id": 7, "type": "private"}}
    assert parsed({"update_id": 1, "message": elsewhere}) is None
    assert hub_parse.parse(b"{", [PLACE], replies=True) is None
    with pytest.raises(Unreadable):
        parsed({"update_id": 1, "message": written("hi") | {"date": "yesterday"}})


@given(
    text=st.text(),
    entities=st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(["bold", "url", "code", "pre", "text_link", "blockquote"]),
                "offset": st.integers(-3, 30),
                "length": st.integers(-3, 30),
            }
        ),
        max_size=4,
    ),
)
def test_whatever_is_written_a_note_is_never_an_answer(text: str, entities: list[Any]) -> None:
    found = parsed({"update_id": 1, "message": written("//" + text, entities=entities)})
    assert found is not None
    assert not any(isinstance(one, HubSaid) and one.to_customer for one in found)


@given(st.text(max_size=400))
@example("😀" * 100)
@example("x" * 200)
def test_a_topics_name_fits_and_is_whole_characters(subject: str) -> None:
    name = hub_render.topic_name(replace(CARD, subject=subject))
    assert name.startswith("#1042")
    assert 1 <= len(name.encode("utf-16-le")) // 2 <= 128


def test_a_topics_name_says_that_a_case_is_done_or_late() -> None:
    assert hub_render.topic_name(CARD) == "#1042 Where is my chair?"
    assert hub_render.topic_name(replace(CARD, broken=True)).startswith("🔴 #1042")
    assert hub_render.topic_name(replace(CARD, done=True, broken=True)).startswith("✅ #1042")


def test_a_card_tells_its_promise_and_offers_what_can_be_done() -> None:
    body = hub_render.face(CARD)
    assert "⏳ First response is due Mon 2 Mar 15:05 UTC" in body["text"]
    values = [b.get("callback_data", b.get("url")) for row in body["keyboard"] for b in row]
    assert values == [
        "hub:take",
        "hub:status:resolved",
        "hub:priority:urgent",
        "hub:snooze:1",
        CARD.url,
    ]
    done = hub_render.face(replace(CARD, done=True, status="resolved"))
    assert done["keyboard"][0][0]["callback_data"] == "hub:status:open"
    assert "due" not in done["text"]


def test_a_desk_on_this_machine_has_its_address_in_words_because_a_button_is_refused() -> None:
    for url in ("http://127.0.0.1:8080/workspace/1", "http://localhost/workspace/1"):
        body = hub_render.face(replace(CARD, url=url))
        assert url in body["text"]
        assert not any("url" in button for row in body["keyboard"] for button in row)


def test_every_line_says_whose_it_is_and_a_name_is_only_a_name() -> None:
    def first(**more: Any) -> str:
        return str(hub_render.bodies(replace(LINE, **more))[0]["text"])

    assert first() == "👤 Ada\n\nIt wobbles."
    alice = Author(kind=AuthorKind.AGENT, name="Alice")
    assert first(author=alice).startswith("➡️ Alice (to the customer)\n")
    assert first(author=alice, note=True).startswith("🔒 Alice (note)\n")
    assert first(author=Author(kind=AuthorKind.BOT, name="")).startswith("🤖 Bot (to")
    assert first(author=Author(kind=AuthorKind.SYSTEM, name="")) == "It wobbles."
    assert first(author=Author(kind=AuthorKind.CUSTOMER, name="**A**\n🔒 B")).startswith(
        "👤 **A** 🔒 B\n"
    )


@given(st.text(min_size=1, max_size=9000))
def test_a_line_of_any_length_fits_and_calls_whom_it_should(text: str) -> None:
    bodies = hub_render.bodies(replace(LINE, text=text, call=("42", "43")))
    assert all(len(body["text"].encode("utf-16-le")) // 2 <= 4096 for body in bodies)
    calls = [one for one in bodies[-1]["entities"] if one["type"] == "text_mention"]
    last = bodies[-1]["text"].encode("utf-16-le")
    assert [one["user"]["id"] for one in calls] == [42, 43]
    for one in calls:
        shown = last[2 * one["offset"] : 2 * (one["offset"] + one["length"])]
        assert shown.decode("utf-16-le") == "Please look"
