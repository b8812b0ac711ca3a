"""Plain text into the model and out of it. Pure."""

import re

from channels.richtext.model import (
    Block,
    Blocks,
    Code,
    Document,
    Heading,
    Image,
    Inline,
    Inlines,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Table,
    visible_text,
)
from channels.richtext.tidy import link_bare_urls, tidy
from desk.kit.text import clean

_GAP = re.compile(r"\n[^\S\n]*\n\s*")


def parse(text: str) -> Document:
    """Return `text` as paragraphs: an empty line parts them, a line end is kept as a break."""
    paragraphs = (tidy(link_bare_urls(part)) for part in _GAP.split(clean(text)))
    return Document(tuple(Paragraph(content) for content in paragraphs if content))


def render(document: Document) -> str:
    """Return `document` as text for a reader without formats: text/plain mail, search, previews.

    Every visible character is kept, and the address of a link that shows another text. The
    result has no line end at its end.
    """
    return _blocks(document.blocks)


def _blocks(blocks: Blocks) -> str:
    return "\n\n".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    match block:
        case Paragraph(content) | Heading(_, content):
            return _line(content)
        case List():
            return _list(block)
        case Quote(blocks):
            return _prefixed(_blocks(blocks), "> ", "> ")
        case Code(text):
            return text
        case Table():
            return _table(block)
        case Rule():
            return "-----"
        case Image(source, alt):
            return " ".join(filter(None, (alt, f"({source})" if source.startswith("http") else "")))


def _line(content: Inlines) -> str:
    return "".join(_inline(inline) for inline in content)


def _inline(inline: Inline) -> str:
    if isinstance(inline, Link):
        shown = _line(inline.children)
        address = inline.href.removeprefix("mailto:").removeprefix("tel:")
        return shown if address in (shown, shown + "/") else f"{shown} ({address})"
    children: Inlines = getattr(inline, "children", ())
    return _line(children) if children else visible_text((inline,))


def _list(block: List) -> str:
    items = []
    for number, item in enumerate(block.items, block.start):
        mark = f"{number}. " if block.ordered else "- "
        items.append(_prefixed("\n".join(map(_block, item)), mark, " " * len(mark)))
    return "\n".join(items)


def _prefixed(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    led = [first + lines[0], *(rest + line if line else rest for line in lines[1:])]
    return "\n".join(line.rstrip() for line in led)


def _table(table: Table) -> str:
    rows = [[_line(cell).replace("\n", " ") for cell in row] for row in (table.header, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-+-".join("-" * width for width in widths), *lines[1:]])
