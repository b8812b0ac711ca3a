"""Slack's forms into the one document model and out of it, and nothing ever a mention."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.richtext import html, markdown, plain
from channels.richtext.model import Document, Paragraph, Text
from channels.richtext.slack import SlackText, parse, render
from channels.sandbox.slack import limits

MARKUP = re.compile(r"<(?!(?:https?://|mailto:)[^|<>]*\|[^<>]*>)")
SPECIALS = [
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U0ADA>",
    "<@W0ADA|ada>",
    "<#C0GENERAL|general>",
    "<!subteam^S0TEAM|@team>",
    "<!date^1392734382^{date}|when>",
    "&lt;!channel&gt;",
    "<https://example.org|<!channel>>",
    "`<!channel>`",
    "```\n<!channel>\n```",
    "[<!channel>](https://example.org)",
    "[x](https://example.org/<!channel>)",
    "**<!channel>**",
    "> <!channel>",
    "- <!channel>",
    "| <!channel> |\n| --- |\n| <@U1> |",
    "<\u200b!channel>",
    "&amp;lt;!channel&amp;gt;",
]


def elements(value: Any) -> list[dict[str, Any]]:
    """Return every object within blocks."""
    if isinstance(value, list):
        return [found for inner in value for found in elements(inner)]
    if not isinstance(value, dict):
        return []
    return [value, *(found for inner in value.values() for found in elements(inner))]


def check(parts: tuple[SlackText, ...], limit: int = 3_900) -> None:
    """Hold parts to Slack's limits, and to never mentioning anybody."""
    for part in parts:
        assert 0 < len(part.text) <= limit
        assert not MARKUP.search(part.text)
        kinds = {found.get("type") for found in elements(part.blocks)}
        assert not kinds & {"user", "usergroup", "broadcast", "channel", "date"}
        limits.check(part.text, part.blocks)


@pytest.mark.parametrize("text", SPECIALS)
def test_nobodys_text_becomes_a_mention(text: str) -> None:
    check(render(markdown.parse(text)))
    check(render(plain.parse(text)))
    check(render(parse(None, text)))


inks = st.text(st.sampled_from("ab <>&!@#*_~`|\n>-1.:[]()^\\é漢😀"), max_size=60)
texts = st.lists(st.sampled_from(SPECIALS) | inks, max_size=8).map("".join)


@settings(deadline=None)
@given(text=texts)
def test_markdown_of_any_kind_renders_within_the_limits(text: str) -> None:
    check(render(markdown.parse(text)))


@settings(deadline=None)
@given(text=texts)
def test_mrkdwn_of_any_kind_reads_and_renders(text: str) -> None:
    document = parse(None, text)
    html.render(document)
    check(render(document))


@settings(deadline=None)
@given(text=texts, limit=st.integers(60, 200))
def test_cutting_keeps_the_limit_and_every_visible_character(text: str, limit: int) -> None:
    document = Document((Paragraph((Text(text),)),)) if text else Document()
    parts = render(document, limit)
    check(parts, limit)
    said = "".join(
        found["text"]
        for part in parts
        for found in elements(part.blocks)
        if found.get("type") == "text"
    )
    assert said == text


@settings(max_examples=5, deadline=None)
@given(text=st.text(st.sampled_from("abc <&\n"), min_size=20, max_size=80).map(lambda t: t * 200))
def test_a_very_long_text_becomes_several_messages(text: str) -> None:
    for around in ("{}", "> {}", "```\n{}\n```", "- {}"):
        check(render(markdown.parse(around.format(text))))


def test_a_hundred_thousand_characters_take_no_time() -> None:
    check(render(markdown.parse("**bold** <!channel> [l](https://example.org) " * 2_200)))
    parse(None, "*_~`<:&gt;" * 10_000)
    parse(None, "<" * 50_000 + "*" * 50_000)


def rich(*inside: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a message's blocks."""
    return [{"type": "rich_text", "elements": list(inside)}]


def section(*inside: dict[str, Any]) -> dict[str, Any]:
    """Return a section of a rich_text block."""
    return {"type": "rich_text_section", "elements": list(inside)}


def said(text: str, **style: bool) -> dict[str, Any]:
    """Return a text element."""
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def test_rich_text_is_read_whole() -> None:
    items = {"type": "rich_text_list", "style": "bullet", "elements": [section(said("one"))]}
    nested = {**items, "style": "ordered", "indent": 1, "elements": [section(said("deep"))]}
    blocks = rich(
        section(
            said("Hi "),
            said("there", bold=True, italic=True),
            {"type": "user", "user_id": "U1"},
            {"type": "link", "url": "https://example.org", "text": "site"},
            {"type": "emoji", "name": "wave", "unicode": "1f44b"},
            {"type": "broadcast", "range": "channel"},
            {"type": "link", "url": "javascript:alert(1)", "text": "bad"},
            said("\n\nnext"),
        ),
        items,
        nested,
        {"type": "rich_text_quote", "elements": [said("quoted")]},
        {"type": "rich_text_preformatted", "elements": [said("x = 1\n")]},
    )
    text = plain.render(parse(blocks, "ignored", {"U1": "ada"}))
    assert text == (
        "Hi there@adasite (https://example.org)👋@channelbad\n\nnext\n\n- one\n  1. deep\n\n"
        "> quoted\n\nx = 1"
    )


def test_without_blocks_mrkdwn_is_read() -> None:
    text = "*bold* _it_ `a < b` &lt;ok&gt; <https://example.org|site> <@U1> <!here>\n&gt; q"
    shown = html.render(parse([], text, {"U1": "ada"}))
    assert "<strong>bold</strong>" in shown
    assert "<em>it</em>" in shown
    assert "&lt;ok&gt;" in shown
    assert 'href="https://example.org"' in shown
    assert "@ada @here" in shown
    assert "<blockquote>" in shown


def test_what_slack_lacks_is_degraded_and_not_dropped() -> None:
    source = (
        "# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![alt](https://example.org/p.png)\n\n---"
    )
    (part,) = render(markdown.parse(source))
    kinds = [found["type"] for found in part.blocks[0]["elements"]]
    assert kinds == ["rich_text_section", "rich_text_preformatted", "rich_text_section"]
    for shown in ("*Title*", "a | b", "<https://example.org/p.png|alt>", "———"):
        assert shown in part.text


junk = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "elements", "text", "style", "indent"]), inner)
        | st.builds(
            lambda kind, inside: {"type": kind, "elements": inside},
            st.sampled_from(["rich_text", "rich_text_list", "rich_text_section", "section"]),
            inner,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(blocks=junk)
def test_any_json_in_blocks_is_read(blocks: Any) -> None:
    html.render(parse(blocks, "fallback"))
