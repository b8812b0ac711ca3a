"""Slack's `rich_text` blocks and mrkdwn into the model. Pure; rendering is in slack_out.py.

People's messages carry both forms; the blocks say more, so mrkdwn is read only without them.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from channels.richtext.model import (
    Block,
    Blocks,
    Bold,
    Code,
    CodeSpan,
    Document,
    Emoji,
    Heading,
    Inline,
    Inlines,
    Italic,
    List,
    Mention,
    Paragraph,
    Quote,
    Strike,
    Text,
    Underline,
)
from channels.richtext.mrkdwn import Names, called, link, paragraphs, parse_mrkdwn
from channels.richtext.slack_out import SlackText, render
from desk.kit.text import clean

__all__ = ["SlackText", "parse", "render"]

Json = dict[str, Any]

_MAX_INDENT = 8


def parse(blocks: Any, text: str = "", names: Names | None = None) -> Document:
    """Return what a message's `blocks` say, or its mrkdwn `text` when they say nothing.

    `blocks` is whatever JSON the message carried; what it should not hold is passed over.
    """
    known = names or {}
    said = tuple(block for raw in _dicts(blocks) for block in _block(raw, known))
    return Document(said) if said else parse_mrkdwn(text, known)


def _block(raw: Json, names: Names) -> Iterator[Block]:
    match raw.get("type"):
        case "rich_text":
            yield from _rich(_dicts(raw.get("elements")), names)
        case "section" | "header":
            held = raw.get("text")
            told = str(held.get("text", "")) if isinstance(held, dict) else ""
            parsed = parse_mrkdwn(told, names).blocks
            head = raw["type"] == "header"
            yield from (_as_heading(p) if head else p for p in parsed)
        case "markdown":
            yield from paragraphs((Text(str(raw.get("text", ""))),))


def _as_heading(block: Block) -> Block:
    return Heading(2, block.content) if isinstance(block, Paragraph) else block


def _rich(elements: list[Json], names: Names) -> Iterator[Block]:
    for is_list, group in groupby(elements, lambda raw: raw.get("type") == "rich_text_list"):
        if is_list:
            yield from _lists(list(group), names)
            continue
        for raw in group:
            yield from _element(raw, names)


def _element(raw: Json, names: Names) -> Iterator[Block]:
    inside = _dicts(raw.get("elements"))
    match raw.get("type"):
        case "rich_text_preformatted":
            text = clean("".join(_bare(inline) for inline in inside)).strip("\n")
            if text.strip():
                yield Code(text)
        case "rich_text_quote":
            quoted = tuple(paragraphs(_inlines(inside, names)))
            if quoted:
                yield Quote(quoted)
        case _:
            yield from paragraphs(_inlines(inside, names))


def _lists(raws: list[Json], names: Names) -> Iterator[List]:
    """Yield lists; Slack sends a nested one as a sibling with a greater indent."""
    at = 0
    while at < len(raws):
        end = at + 1
        while end < len(raws) and _indent(raws[end]) > _indent(raws[at]):
            end += 1
        made = _list(raws[at], tuple(_lists(raws[at + 1 : end], names)), names)
        if made.items:
            yield made
        at = end


def _list(raw: Json, nested: tuple[List, ...], names: Names) -> List:
    sections = (_dicts(item.get("elements")) for item in _dicts(raw.get("elements")))
    read = (tuple(paragraphs(_inlines(section, names))) for section in sections)
    items: list[Blocks] = [item for item in read if item]
    if nested:
        items = [*items[:-1], (*items[-1], *nested)] if items else [nested]
    start = raw.get("offset", 0)
    number = start + 1 if isinstance(start, int) and 0 <= start < 10**9 else 1
    return List(raw.get("style") == "ordered", tuple(items), number)


def _indent(raw: Json) -> int:
    indent = raw.get("indent", 0)
    return min(max(indent, 0), _MAX_INDENT) if isinstance(indent, int) else 0


def _inlines(raws: Iterable[Json], names: Names) -> Inlines:
    return tuple(_styled(_inline(raw, names), raw.get("style")) for raw in raws)


def _inline(raw: Json, names: Names) -> Inline:
    match raw.get("type"):
        case "link":
            url = str(raw.get("url", ""))
            return link(url, str(raw.get("text") or url))
        case "user":
            person = str(raw.get("user_id", ""))
            return Mention(person, called(names, person))
        case "channel":
            return Text("#" + called(names, str(raw.get("channel_id", ""))))
        case "emoji":
            return Emoji(str(raw.get("name", "")), _unicode(raw.get("unicode")))
        case _:
            return Text(_bare(raw))


def _bare(raw: Json) -> str:
    match raw.get("type"):
        case "broadcast":
            return f"@{raw.get('range', 'here')}"
        case "usergroup":
            return f"@{raw.get('usergroup_id', '')}"
        case "link":
            return str(raw.get("text") or raw.get("url", ""))
        case "date":
            return str(raw.get("fallback") or _day(raw.get("timestamp")))
        case "color":
            return str(raw.get("value", ""))
        case _:
            return str(raw.get("text", ""))


def _styled(inline: Inline, style: Any) -> Inline:
    if not isinstance(style, dict):
        return inline
    if style.get("code") and isinstance(inline, Text):
        inline = CodeSpan(inline.text)
    for name, span in (
        ("underline", Underline),
        ("strike", Strike),
        ("italic", Italic),
        ("bold", Bold),
    ):
        inline = span((inline,)) if style.get(name) else inline
    return inline


def _unicode(codes: Any) -> str:
    try:
        return "".join(chr(int(code, 16)) for code in str(codes).split("-")) if codes else ""
    except (ValueError, OverflowError):
        return ""


def _day(timestamp: Any) -> str:
    try:
        return f"{datetime.fromtimestamp(int(timestamp), UTC):%Y-%m-%d %H:%M} UTC"
    except (TypeError, ValueError, OverflowError, OSError):
        return ""


def _dicts(value: Any) -> list[Json]:
    return [held for held in value if isinstance(held, dict)] if isinstance(value, list) else []
