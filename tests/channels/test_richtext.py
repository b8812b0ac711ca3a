"""The document model: what Markdown says, and the laws of its renderers."""

import html
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.richtext import (
    parse_markdown,
    parse_plain,
    render_html,
    render_markdown,
    render_plain,
)
from channels.richtext.model import (
    Block,
    Bold,
    Break,
    Code,
    CodeSpan,
    Document,
    Emoji,
    Heading,
    Image,
    Italic,
    Link,
    List,
    Mention,
    Paragraph,
    Quote,
    Rule,
    Spoiler,
    Strike,
    Table,
    Text,
    Underline,
)

SAMPLE = """# Your *order*

Hello **Ada**, it left ~~Monday~~ today.
Track it at https://example.org/t_(1). Or [write](mailto:help@example.org).

- one
- two
  1. nested

> said `you`

```py
print(1)
```

| a | b |
| --- | ---: |
| 1 | 2 |

***

![a cup](https://example.org/cup.png)"""


def test_a_sample_is_read_as_it_is_meant() -> None:
    heading, hello, items, quote, code, table, rule, image = parse_markdown(SAMPLE).blocks
    assert heading == Heading(1, (Text("Your "), Italic((Text("order"),))))
    assert isinstance(hello, Paragraph)
    assert hello.content[1] == Bold((Text("Ada"),))
    url = "https://example.org/t_(1)"
    assert [i for i in hello.content if isinstance(i, Link)] == [
        Link(url, (Text(url),)),
        Link("mailto:help@example.org", (Text("write"),)),
    ]
    one = (Paragraph((Text("one"),)),)
    nested = List(True, ((Paragraph((Text("nested"),)),),))
    assert items == List(False, (one, (Paragraph((Text("two"),)), nested)))
    assert quote == Quote((Paragraph((Text("said "), CodeSpan("you"))),))
    assert code == Code("print(1)", "py")
    cells = [((Text(a),), (Text(b),)) for a, b in ("ab", "12")]
    assert table == Table(cells[0], (cells[1],), ("", "right"))
    assert (rule, image) == (Rule(), Image("https://example.org/cup.png", "a cup"))


def test_a_sample_is_written_as_it_was() -> None:
    assert render_markdown(parse_markdown(SAMPLE)) == SAMPLE.replace("*order*", "_order_")


def test_plain_text_keeps_addresses_and_marks() -> None:
    text = render_plain(parse_markdown(SAMPLE))
    assert "Or write (help@example.org)." in text
    assert "- one\n- two\n  1. nested" in text
    assert "> said you" in text
    assert "a | b\n--+--\n1 | 2" in text
    assert "a cup (https://example.org/cup.png)" in text


def test_html_escapes_everything_and_links_tell_nothing() -> None:
    shown = render_html(parse_markdown('<b onclick="x">&amp; [a](https://x.org/?a=1&b="2)'))
    assert "<b" not in shown
    assert "&lt;b onclick=&quot;x&quot;&gt;&amp;" in shown
    assert 'href="https://x.org/?a=1&amp;b=%222"' in shown
    assert 'rel="noopener noreferrer nofollow" target="_blank"' in shown


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "data:text/html,x", "/relative", "file:///etc", "vbscript:x"]
)
def test_other_addresses_stay_text(href: str) -> None:
    document = parse_markdown(f"[a]({href}) <{href}>")
    assert "<a " not in render_html(document)
    assert href in render_plain(document)
    assert "<a " not in render_html(Document((Paragraph((Link(href, (Text("a"),)),)),)))


def test_bare_links_end_where_the_sentence_does() -> None:
    (paragraph,) = parse_plain("(see https://x.org/a_(b)). Or xhttps://no https:// yes").blocks
    assert isinstance(paragraph, Paragraph)
    links = [inline.href for inline in paragraph.content if isinstance(inline, Link)]
    assert links == ["https://x.org/a_(b)"]


def test_nesting_without_end_is_taken_as_text() -> None:
    text = ">" * 5000 + " deep"
    assert "deep" in render_plain(parse_markdown(text))
    assert "deep" in render_plain(parse_markdown("- " * 3000 + "deep"))


def test_a_table_with_cells_too_many_is_kept_as_it_stands() -> None:
    source = "| a |\n| --- |\n| 1 | two |"
    assert parse_markdown(source) == Document((Code(source),))
    in_a_list = parse_markdown("1. | a |\n   | --- |\n   | 1 |").blocks[0]
    assert isinstance(in_a_list, List)
    assert isinstance(in_a_list.items[0][0], Table)


def test_what_markdown_lacks_is_degraded_and_never_dropped() -> None:
    spoiler = Spoiler((Text("killer"),))
    line = (Underline((Text("u"),)), Text(" "), spoiler, Mention("7", "Ada"), Emoji("cup", "☕"))
    assert render_markdown(Document((Paragraph(line),))) == "_u_ killer@Ada☕"


marks = ["**", "~~", "https://x.y/", "```", "&#10;", "&nbsp;", "\\|", "||", "![a](https://x)"]
links = ["[a](https://x)", "<https://x>", "[b]", "\n[b]: https://x\n"]
starts = ["\n\n", "- ", "1. ", "> ", "| a |\n|--|\n", "\n    "]
pieces = st.sampled_from([*"ab1 \n*_`~[]()<>#-+.|!\\&;:>=\té/", *marks, *links, *starts])
markdown = st.lists(pieces, max_size=40).map("".join) | st.text(max_size=80)


@given(markdown)
@settings(max_examples=150, deadline=None)
def test_markdown_is_stable_at_the_second_pass(source: str) -> None:
    once = render_markdown(parse_markdown(source))
    assert render_markdown(parse_markdown(once)) == once


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_plain_keeps_every_visible_character(source: str) -> None:
    def seen(text: str) -> str:
        return "".join(re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", text).split())

    assert seen(render_plain(parse_plain(source))) == seen(source)


@given(markdown)
@settings(max_examples=150, deadline=None)
def test_every_word_of_markdown_is_seen_in_plain_and_html(source: str) -> None:
    words = re.findall(r"[a-zé]+", re.sub(r"&\S*|(?:```|~~~).*|\[\S*\]:.*|\(.*?\)", " ", source))
    document = parse_markdown(source)
    worded = re.sub(r'<img [^<>]*alt="([^"]*)">', r"\1", render_html(document))
    bare = html.unescape(re.sub(r"<[^<>]*>", "", worded))
    for shown in (render_plain(document), bare):
        for word in words:
            assert word in shown


inlines: st.SearchStrategy[Any] = st.recursive(
    st.builds(Text, st.text(max_size=8))
    | st.builds(CodeSpan, st.text(max_size=5))
    | st.just(Break())
    | st.builds(Mention, st.just("1"), st.text(max_size=5)),
    lambda inner: (
        st.sampled_from([Bold, Italic, Strike, Underline, Spoiler]).flatmap(
            lambda kind: st.lists(inner, max_size=3).map(lambda c: kind(tuple(c)))
        )
        | st.lists(inner, max_size=2).map(lambda c: Link("https://x.org/", tuple(c)))
    ),
    max_leaves=6,
)
lines = st.lists(inlines, max_size=4).map(tuple)
blocks: st.SearchStrategy[Block] = st.recursive(
    st.builds(Paragraph, lines)
    | st.builds(Heading, st.integers(1, 3), lines)
    | st.builds(Code, st.text(max_size=20), st.sampled_from(["", "py", "c++"]))
    | st.just(Rule())
    | lines.map(lambda cell: Table((cell,), ((cell,),)))
    | st.builds(Image, st.just("https://x.org/i"), st.text(max_size=5)),
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda b: Quote(tuple(b)))
        | st.builds(
            List,
            st.booleans(),
            st.lists(st.lists(inner, max_size=2).map(tuple), max_size=3).map(tuple),
        )
    ),
    max_leaves=5,
)
documents = st.lists(blocks, max_size=3).map(lambda b: Document(tuple(b)))


@given(documents)
@settings(max_examples=150, deadline=None)
def test_any_document_renders_and_leaves_no_special_unescaped(document: Document) -> None:
    tags = re.sub(r"</?[a-z]+[1-3]?(?: [a-z]+=\"[^\"<>]*\")*>", "", render_html(document))
    assert not re.search(r"[<>]|&(?!(?:amp|lt|gt|quot|#x27);)", tags)
    render_plain(document)
    once = parse_markdown(render_markdown(document))
    assert parse_markdown(render_markdown(once)) == once


@given(documents)
@settings(max_examples=50, deadline=None)
def test_a_document_survives_the_trip_as_json(document: Document) -> None:
    assert msgspec.convert(msgspec.to_builtins(document), Document) == document
