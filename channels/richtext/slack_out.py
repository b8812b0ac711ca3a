"""The model into Slack: `rich_text` blocks, and mrkdwn for notifications. Pure.

Nobody's text ever becomes a mention: in blocks it stands in `text` elements, which Slack takes
literally, and in mrkdwn `& < >` are escaped, so `<!channel>` and its like cannot be written.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from msgspec import Struct

from channels.richtext import plain
from channels.richtext.model import (
    Block,
    Blocks,
    Bold,
    Code,
    CodeSpan,
    Document,
    Emoji,
    Heading,
    Image,
    Inline,
    Inlines,
    Italic,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Strike,
    Table,
    Text,
    Underline,
    visible_text,
)

Json = dict[str, Any]

PART_CHARS = 3_900  # Slack cuts at 40,000 without an error and advises 4,000
_URL_CHARS = 2_000
_MAX_INDENT = 8
_GAP = 2  # line ends between two rows
_STYLES: dict[type, str] = {Bold: "bold", Italic: "italic", Strike: "strike", Underline: "italic"}
_SIGNS = {"code": "`", "strike": "~", "italic": "_", "bold": "*"}
_EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}")


class SlackText(Struct, frozen=True):
    """One message's worth: `blocks` for the screen, `text` in mrkdwn for notifications."""

    text: str
    blocks: list[Json]


class _Row(Struct, frozen=True, kw_only=True):
    """One paragraph, list item, quoted paragraph or code block, flat as Slack wants it."""

    kind: str  # section | list | quote | preformatted
    inlines: tuple[Json, ...]
    style: str = ""  # of a list: bullet | ordered
    indent: int = 0
    number: int = 1


def render(document: Document, limit: int = PART_CHARS) -> tuple[SlackText, ...]:
    """Return `document` as messages of at most `limit` characters of mrkdwn each.

    Long texts part between paragraphs, else at a line end, else at a space. Headings become
    bold, tables monospace, underline italic; a picture becomes its address.
    """
    parts: list[list[_Row]] = [[]]
    room = limit
    for row in _rows(document.blocks):
        for piece in _cut(row, limit):
            weight = len(_mrkdwn_row(piece))
            if parts[-1] and weight + _GAP > room:
                parts.append([])
                room = limit
            room -= weight + (_GAP if parts[-1] else 0)
            parts[-1].append(piece)
    return tuple(SlackText(_mrkdwn(rows), _blocks(rows)) for rows in parts if rows)


def escape(text: str) -> str:
    """Return `text` with the three characters escaped that could begin Slack's markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _rows(blocks: Blocks, kind: str = "section", indent: int = 0) -> Iterator[_Row]:
    for block in blocks:
        yield from (row for row in _row(block, kind, indent) if row.inlines)


def _row(block: Block, kind: str, indent: int) -> Iterator[_Row]:
    match block:
        case Paragraph(content):
            yield _Row(kind=kind, inlines=_inlines(content))
        case Heading(_, content):
            yield _Row(kind=kind, inlines=_inlines((Bold(content),)))
        case List() if kind == "quote":
            yield _Row(kind=kind, inlines=_texts(plain.render(Document((block,)))))
        case List():
            yield from _list(block, indent)
        case Quote(inside):
            yield from _rows(inside, "quote", indent)
        case Code(text):
            yield _Row(kind="preformatted", inlines=_texts(text))
        case Table():
            text = plain.render(Document((block,)))
            yield _Row(kind="preformatted", inlines=_texts(text))
        case Rule():
            yield _Row(kind=kind, inlines=_texts("———"))
        case Image(source, alt):
            shown = Link(source, (Text(alt or source),))
            yield _Row(kind=kind, inlines=tuple(_inline(shown, frozenset())))


def _list(block: List, indent: int) -> Iterator[_Row]:
    style = "ordered" if block.ordered else "bullet"
    for number, item in enumerate(block.items, block.start):
        lead = [inside for inside in item[:1] if isinstance(inside, Paragraph)]
        inlines = _inlines(lead[0].content) if lead else _texts("\u200b")
        level = min(indent, _MAX_INDENT)
        yield _Row(kind="list", inlines=inlines, style=style, indent=level, number=number)
        yield from _rows(item[len(lead) :], "section", indent + 1)


def _inlines(content: Inlines) -> tuple[Json, ...]:
    return tuple(json for inline in content for json in _inline(inline, frozenset()))


def _inline(inline: Inline, styles: frozenset[str]) -> Iterator[Json]:
    match inline:
        case CodeSpan(text):
            yield from _texts(text, styles | {"code"})
        case Link(href, children) if _is_linkable(href):
            url = href.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
            yield _with_style(
                {"type": "link", "url": url, "text": visible_text(children) or url}, styles
            )
        case Emoji(name, unicode) if not unicode and _EMOJI.fullmatch(name):
            yield {"type": "emoji", "name": name}
        case Bold() | Italic() | Strike() | Underline():
            inside = styles | {_STYLES[type(inline)]}
            yield from (json for child in inline.children for json in _inline(child, inside))
        case _:
            yield from _texts(visible_text((inline,)), styles)


def _is_linkable(href: str) -> bool:
    return href.startswith(("http://", "https://", "mailto:")) and len(href) <= _URL_CHARS


def _texts(text: str, styles: frozenset[str] = frozenset()) -> tuple[Json, ...]:
    return (_with_style({"type": "text", "text": text}, styles),) if text else ()


def _with_style(json: Json, styles: frozenset[str]) -> Json:
    return {**json, "style": dict.fromkeys(sorted(styles), True)} if styles else json


def _cut(row: _Row, limit: int) -> Iterator[_Row]:
    """Yield `row` in pieces that each fit `limit`; one piece when it fits as it is."""
    frame = len(_mrkdwn_row(_with(row, [])))
    budget = limit - frame
    if row.kind == "quote":
        budget //= 3  # each line end brings another "> "
    piece: list[Json] = []
    room = budget
    for inline in row.inlines:
        for part in _fitting(inline, budget):
            weight = len(_mrkdwn_inline(part))
            if piece and weight > room:
                yield _with(row, piece)
                piece, room = [], budget
            piece.append(part)
            room -= weight
    if piece:
        yield _with(row, piece)


def _with(row: _Row, inlines: list[Json]) -> _Row:
    return _Row(
        kind=row.kind,
        inlines=tuple(inlines),
        style=row.style,
        indent=row.indent,
        number=row.number,
    )


def _fitting(inline: Json, budget: int) -> Iterator[Json]:
    if len(_mrkdwn_inline(inline)) <= budget:
        yield inline
        return
    style, text = inline.get("style", {}), str(inline["text"])
    frame = 2 * len(style)
    while text:
        at = _cut_at(text, budget - frame)
        yield _with_style({"type": "text", "text": text[:at]}, frozenset(style))
        text = text[at:]


def _cut_at(text: str, budget: int) -> int:
    """Return where to cut so that the escaped head fits: after a line, a space, else anywhere."""
    weight = end = 0
    for character in text[:budget]:
        weight += len(escape(character))
        if weight > budget:
            break
        end += 1
    if end == len(text):
        return end
    for gap in ("\n", " "):
        at = text.rfind(gap, end // 2, end)
        if at > 0:
            return at + 1
    return max(end, 1)


def _blocks(rows: list[_Row]) -> list[Json]:
    elements: list[Json] = []
    for _, group in groupby(rows, lambda row: (row.kind, row.style, row.indent)):
        elements += _elements(list(group))
    return [{"type": "rich_text", "elements": elements}]


def _elements(rows: list[_Row]) -> list[Json]:
    kind, style, indent = rows[0].kind, rows[0].style, rows[0].indent
    if kind == "preformatted":
        return [{"type": "rich_text_preformatted", "elements": _unstyled(r)} for r in rows]
    if kind == "list":
        items = [{"type": "rich_text_section", "elements": list(row.inlines)} for row in rows]
        made: Json = {"type": "rich_text_list", "style": style, "indent": indent}
        number = {"offset": rows[0].number - 1} if rows[0].number > 1 else {}
        return [{**made, **number, "elements": items}]
    joined: list[Json] = []
    for row in rows:
        joined += [*([{"type": "text", "text": "\n\n"}] if joined else []), *row.inlines]
    return [{"type": f"rich_text_{kind}", "elements": joined}]


def _unstyled(row: _Row) -> list[Json]:
    return [{"type": "text", "text": inline["text"]} for inline in row.inlines]


def _mrkdwn(rows: list[_Row]) -> str:
    text = ""
    for before, row in zip([None, *rows], rows, strict=False):
        tight = before is not None and before.kind == row.kind == "list"
        text += ("\n" if tight else "\n\n" if before else "") + _mrkdwn_row(row)
    return text


def _mrkdwn_row(row: _Row) -> str:
    said = _mrkdwn_inlines(row.inlines)
    match row.kind:
        case "preformatted":
            return f"```\n{said}\n```"
        case "quote":
            return "\n".join("> " + line for line in said.split("\n"))
        case "list":
            mark = f"{row.number}." if row.style == "ordered" else "•"
            return f"{'    ' * row.indent}{mark} {said}"
        case _:
            return said


def _mrkdwn_inlines(inlines: Iterable[Json]) -> str:
    return "".join(map(_mrkdwn_inline, inlines))


def _mrkdwn_inline(inline: Json) -> str:
    if inline["type"] == "emoji":
        return f":{inline['name']}:"
    text = escape(str(inline["text"]))
    if inline["type"] == "link":
        text = f"<{escape(inline['url'])}|{text}>"
    for style, sign in _SIGNS.items():
        text = sign + text + sign if inline.get("style", {}).get(style) else text
    return text
