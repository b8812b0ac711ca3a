"""The chat's words in and out: nothing from outside is a traceback, nothing of ours is lost."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.chat.config import TEXT_LIMIT, ChatSettings
from channels.chat.frames import read_frame
from channels.chat.greetings import greetings
from channels.chat.origins import Origins
from channels.chat.parse import Visitor, parse
from channels.chat.render import plan
from channels.chat.visitors import Session, SessionAsked, told
from desk.kit.errors import Unreadable
from desk.ports.messages import Choice
from tests.channels.chat_page import answer

json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
payloads = st.binary(max_size=200) | st.builds(
    lambda kind, rest: msgspec.json.encode({"type": kind, "t": kind, **rest}),
    st.sampled_from(["said", "read", "msg", "hello", "ping"]),
    st.dictionaries(st.sampled_from(["id", "cid", "text", "visitor", "ids", "seq"]), json_like),
)


@given(payloads)
@settings(max_examples=200, deadline=None)
def test_any_payload_is_read_or_unreadable(raw: bytes) -> None:
    for reader in (parse, read_frame):
        with suppress(Unreadable):
            reader(raw)


def test_a_short_answer_is_one_line_with_its_choices() -> None:
    made = plan(answer("v", "**Hello**", choices=(Choice(label="Yes", value="y"),)))
    (part,) = made.parts
    assert part.body["text"] == "Hello"
    assert part.body["choices"][0]["value"] == "y"
    assert made.dropped == ()


def test_a_plain_answer_shows_its_marks() -> None:
    (part,) = plan(answer("v", "**Hello**", plain=True)).parts
    assert part.body["text"] == "**Hello**"


def test_a_picture_is_said_to_become_a_link() -> None:
    assert plan(answer("v", "![cup](https://x.org/cup.png)")).dropped == ("pictures as links",)


@given(st.integers(0, 30_000), st.sampled_from(["word ", "x", "para\n\n", "- item\n", "`c` "]))
@settings(max_examples=40, deadline=None)
def test_an_endless_answer_is_cut_within_the_limit_and_keeps_every_word(n: int, piece: str) -> None:
    text = piece * (n // len(piece))
    made = plan(answer("v", text))
    assert [part.index for part in made.parts] == list(range(len(made.parts)))
    assert all(len(part.body["text"]) <= TEXT_LIMIT for part in made.parts)
    shown = "".join("".join(part.body["text"].split()) for part in made.parts)
    marks = str.maketrans("", "", "-`")
    assert shown.translate(marks) == "".join(text.split()).translate(marks)


SESSION = Session(key="k", visitor=Visitor(id="v-1"), conversation="c")


def test_claims_that_cannot_be_used_change_nothing() -> None:
    asked = SessionAsked(tz="../../etc", form={"email": "nonsense", "name": " "}, lang="x" * 99)
    visitor = told(SESSION, asked).visitor
    assert (visitor.zone, visitor.email, visitor.name) == (None, None, None)
    assert len(visitor.language or "") <= 35


@given(
    st.builds(
        SessionAsked, tz=st.text(), lang=st.text(), form=st.dictionaries(st.text(), st.text())
    )
)
@settings(max_examples=50, deadline=None)
def test_whatever_a_form_says_the_session_stays_small(asked: SessionAsked) -> None:
    session = told(SESSION, asked)
    assert len(session.visitor.form) <= 20
    assert all(len(value) <= 500 for value in session.visitor.form.values())


@pytest.mark.parametrize(
    ("pattern", "origin", "allowed"),
    [
        ("https://shop.example", "https://shop.example", True),
        ("https://shop.example/", "https://SHOP.example", True),
        ("https://shop.example", "http://shop.example", False),
        ("https://*.shop.example", "https://fr.shop.example", True),
        ("https://*.shop.example", "https://shop.example", False),
        ("https://*.shop.example", "https://evilshop.example", False),
        ("https://*.shop.example", "http://fr.shop.example", False),
        ("*", "https://anything.example", True),
        ("shop.example", "https://shop.example", True),
        ("shop.example", "http://shop.example", False),
    ],
)
def test_a_site_is_allowed_by_its_whole_origin(pattern: str, origin: str, allowed: bool) -> None:
    assert Origins([pattern], "https://desk.example/x").allow(origin) is allowed
    assert Origins([pattern], "https://desk.example/x").allow("https://desk.example")


@pytest.mark.parametrize(
    ("settings", "language", "title", "greeting"),
    [
        (ChatSettings(), "de", "Schreiben Sie uns", "Guten Tag. Wie können wir helfen?"),
        (ChatSettings(), "ko", "Chat with us", "Hello. How can we help?"),
        (ChatSettings(title="Ask Acme"), "de", "Ask Acme", "Guten Tag. Wie können wir helfen?"),
        (
            ChatSettings(title="Ask Acme", words={"de": {"title": "Frag Acme"}}),
            "de",
            "Frag Acme",
            "Guten Tag. Wie können wir helfen?",
        ),
        (ChatSettings(), None, "Chat with us", "Hello. How can we help?"),
    ],
)
def test_a_chat_greets_in_the_visitors_language(
    settings: ChatSettings, language: str | None, title: str, greeting: str
) -> None:
    said = greetings(settings, language)
    assert (said["title"], said["greeting"], said["reply_hint"]) == (title, greeting, "")
