"""Telegram's text and entities: both ways through the document model, and the cutting of it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from channels.richtext import markdown, plain
from channels.richtext import telegram as richtext
from channels.richtext.model import (
    Bold,
    Code,
    Document,
    Link,
    Mention,
    Paragraph,
    Quote,
    Text,
)

LETTERS = st.text(
    st.one_of(
        st.sampled_from("ab \n😀é\u0301\u200d👩🏽"),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=300,
)
KINDS = [
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "pre",
    "blockquote",
    "text_link",
    "url",
    "email",
    "mention",
    "custom_emoji",
]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@st.composite
def formatted(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """A text with entities at character boundaries."""
    text = draw(LETTERS)
    entities = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, len(text)))
        offset, length = units(text[:start]), units(text[start:end])
        kind = draw(st.sampled_from(KINDS))
        url = {"url": "https://example.org/?a=1"} if kind == "text_link" else {}
        if length:
            entities.append({"type": kind, "offset": offset, "length": length, **url})
    return text, entities


def solid(text: str) -> str:
    return "".join(text.split())


def test_each_entity_has_its_place_in_the_model() -> None:
    text = "😀 Ada see here\nquoted\nx = 1"
    entities = [
        {"type": "text_mention", "offset": 3, "length": 3, "user": {"id": 7}},
        {"type": "bold", "offset": 7, "length": 8},
        {"type": "text_link", "offset": 11, "length": 4, "url": "https://e.org"},
        {"type": "blockquote", "offset": 16, "length": 6},
        {"type": "pre", "offset": 23, "length": 5, "language": "python"},
    ]
    assert richtext.parse(text, entities) == Document(
        (
            Paragraph(
                (
                    Text("😀 "),
                    Mention("7", "Ada"),
                    Text(" "),
                    Bold((Text("see"),)),
                    Text(" "),
                    Link("https://e.org", (Bold((Text("here"),)),)),
                )
            ),
            Quote((Paragraph((Text("quoted"),)),)),
            Code("x = 1", "python"),
        )
    )


def test_markdown_leaves_as_entities() -> None:
    source = "# Hi 😀\n\n**b** [l](https://e.org) https://e.org\n\n- a\n  1. c\n\n> q"
    [(text, entities)] = richtext.render(markdown.parse(source))
    assert text == "Hi 😀\n\nb l https://e.org\n\n• a\n  1. c\n\nq"
    shown = {entity["type"]: entity for entity in entities}
    assert entities[0] == {"type": "bold", "offset": 0, "length": 5}
    assert shown["text_link"] == {
        "type": "text_link",
        "offset": 9,
        "length": 1,
        "url": "https://e.org",
    }
    assert shown["blockquote"]["length"] == 1


def test_a_cut_prefers_a_paragraph_to_a_line_to_a_space() -> None:
    assert [p for p, _ in richtext.split("aaaa\n\nb\nc d", [], 8)] == ["aaaa\n\n", "b\nc d"]
    assert [p for p, _ in richtext.split("aaaa\nb c dd", [], 8)] == ["aaaa\n", "b c dd"]
    assert [p for p, _ in richtext.split("aaaa b cddd", [], 8)] == ["aaaa b ", "cddd"]
    assert [p for p, _ in richtext.split("😀😀😀", [], 3)] == ["😀", "😀", "😀"]


def test_an_entity_over_a_cut_is_closed_and_opened_again() -> None:
    link = {"type": "text_link", "offset": 2, "length": 6, "url": "https://e.org"}
    assert richtext.split("aaaa bbbb", [link], 5) == [
        ("aaaa ", [link | {"length": 3}]),
        ("bbbb", [link | {"offset": 0, "length": 3}]),
    ]


def test_more_than_a_hundred_entities_take_more_than_one_message() -> None:
    parts = richtext.render(markdown.parse(" ".join(f"**{n}**" for n in range(250))))
    assert [len(entities) for _, entities in parts] == [100, 100, 50]
    assert " ".join(text.strip() for text, _ in parts) == " ".join(map(str, range(250)))


@given(source=formatted(), limit=st.integers(2, 60))
def test_the_parts_are_the_whole(source: tuple[str, list[dict[str, Any]]], limit: int) -> None:
    text, entities = source
    parts = richtext.split(text, entities, limit)
    assert "".join(part for part, _ in parts) == text
    for part, inside in parts:
        assert part
        assert units(part) <= limit
        assert len(inside) <= 100
        for entity in inside:
            assert entity["length"] > 0
            assert entity["offset"] >= 0
            assert entity["offset"] + entity["length"] <= units(part)
    covered = sum(entity["length"] for _, inside in parts for entity in inside)
    assert covered == sum(entity["length"] for entity in entities)


@given(source=formatted())
def test_every_visible_character_is_kept_on_the_way_in(
    source: tuple[str, list[dict[str, Any]]],
) -> None:
    text, entities = source
    unlinked = [e for e in entities if e["type"] not in ("text_link", "url", "email")]
    assert solid(plain.render(richtext.parse(text, unlinked)).replace("> ", "")) == solid(
        text.replace("> ", "")
    )


@given(text=LETTERS)
def test_what_was_rendered_reads_the_same_again(text: str) -> None:
    first = richtext.render(markdown.parse(text))
    joined = solid("".join(part for part, _ in first))
    again = [richtext.parse(part, entities) for part, entities in first]
    assert solid("".join(p for d in again for p, _ in richtext.render(d))) == joined


@given(
    text=LETTERS,
    entities=st.lists(
        st.dictionaries(
            st.sampled_from(["type", "offset", "length", "url", "user", "language"]),
            st.one_of(st.none(), st.integers(), st.text(max_size=5), st.sampled_from(KINDS)),
        )
    ),
)
def test_entities_out_of_place_are_left_out(text: str, entities: list[dict[str, Any]]) -> None:
    richtext.parse(text, entities)
