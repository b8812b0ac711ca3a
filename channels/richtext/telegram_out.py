"""The model as one text with Telegram's entities, not yet cut into messages. Pure."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

from channels.richtext import plain
from channels.richtext.model import (
    Block,
    Blocks,
    Bold,
    Code,
    CodeSpan,
    Document,
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
    Spoiler,
    Strike,
    Table,
    Underline,
    visible_text,
)
from desk.kit.text import clean

Entity = dict[str, Any]  # {"type", "offset", "length"} and "url" or "language"
Part = tuple[str, list[Entity]]

_KINDS: dict[type, str] = {
    Bold: "bold",
    Italic: "italic",
    Underline: "underline",
    Strike: "strikethrough",
    Spoiler: "spoiler",
}


def flatten(document: Document) -> Part:
    """Return `document` as one text and its entities, offsets in UTF-16 units."""
    writer = _Writer()
    writer.blocks(document.blocks)
    return writer.written()


class _Writer:
    """Writes front to back, counting characters; UTF-16 is reckoned once, at the end."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._at = 0
        self._indent = ""
        self._open: set[str] = set()
        self._marks: list[tuple[str, int, int, dict[str, str]]] = []

    def written(self) -> Part:
        """Return everything written."""
        text = "".join(self._pieces)
        units = list(accumulate((2 if ord(c) > 0xFFFF else 1 for c in text), initial=0))
        entities: list[Entity] = [
            {"type": kind, "offset": units[start], "length": units[end] - units[start], **extra}
            for kind, start, end, extra in sorted(self._marks, key=lambda m: (m[1], -m[2]))
        ]
        return text, entities

    def blocks(self, blocks: Blocks, gap: str = "\n\n") -> None:
        """Write blocks with `gap` between them."""
        for number, block in enumerate(blocks):
            if number:
                self._text(gap)
            self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph(content):
                self._inlines(content)
            case Heading(_, content):
                with self._mark("bold"):
                    self._inlines(content)
            case List():
                self._list(block)
            case Quote(blocks):
                self._quote(blocks)
            case Code(text, lang):
                with self._mark("pre", {"language": lang} if lang else {}):
                    self._text(text)
            case Table():
                with self._mark("pre"):
                    self._text(plain.render(Document((block,))))
            case Rule():
                self._text("———")
            case Image(source, alt):
                self._image(source, alt)

    def _list(self, block: List) -> None:
        for number, item in enumerate(block.items, block.start):
            if number > block.start:
                self._text("\n")
            mark = f"{number}. " if block.ordered else "• "
            self._text(mark)
            with self._indented(" " * len(mark)):
                self.blocks(item, gap="\n")

    def _quote(self, blocks: Blocks) -> None:
        # Telegram knows no quote within a quote, and none that begins in the middle of a line.
        if self._indent or "blockquote" in self._open:
            self._text("> ")
            with self._indented("> "):
                self.blocks(blocks)
        else:
            with self._mark("blockquote"):
                self.blocks(blocks)

    def _image(self, source: str, alt: str) -> None:
        if source.startswith(("https://", "http://")):
            with self._mark("text_link", {"url": source}):
                self._text(alt or source)
        else:
            self._text(alt)

    def _inlines(self, inlines: Inlines) -> None:
        for inline in inlines:
            self._inline(inline)

    def _inline(self, inline: Inline) -> None:
        match inline:
            case Bold() | Italic() | Underline() | Strike() | Spoiler():
                with self._mark(_KINDS[type(inline)]):
                    self._inlines(inline.children)
            case CodeSpan(text):
                with self._mark("code"):
                    self._text(text)
            case Link():
                self._link(inline)
            case _:
                self._text(visible_text((inline,)))

    def _link(self, link: Link) -> None:
        address = link.href.removeprefix("mailto:").removeprefix("tel:")
        if visible_text(link.children) in (address, link.href):
            self._inlines(link.children)  # Telegram finds these by itself
        elif link.href.startswith(("http://", "https://")):
            with self._mark("text_link", {"url": link.href}):
                self._inlines(link.children)
        else:
            self._inlines(link.children)
            self._text(f" ({address})")

    def _text(self, text: str) -> None:
        text = clean(text)
        if self._indent and "pre" not in self._open:
            text = text.replace("\n", "\n" + self._indent)
        self._pieces.append(text)
        self._at += len(text)

    @contextmanager
    def _indented(self, by: str) -> Iterator[None]:
        before, self._indent = self._indent, self._indent + by
        yield
        self._indent = before

    @contextmanager
    def _mark(self, kind: str, extra: dict[str, str] | None = None) -> Iterator[None]:
        """Put an entity over what is written within; one kind within its like is not doubled."""
        start, doubled = self._at, kind in self._open
        self._open.add(kind)
        yield
        if not doubled:
            self._open.discard(kind)
            if self._at > start:
                self._marks.append((kind, start, self._at, extra or {}))
